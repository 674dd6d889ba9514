"""`python -m omnitui`."""

import sys

from omnitui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
