"""What `ssh desk …` asked to be run instead of the screen: SSH_ORIGINAL_COMMAND of sshd.

It is split as a shell splits words and nothing more: there are no variables, pipes, files. Its
first word has to be an allowed verb, which runs in this process.
"""

from __future__ import annotations

import re
import shlex

from config.access import Access
from config.allowed import permits_verb
from config.i18n import _
from omnitui.cli.failure import Failure

LONGEST = 8192
"""Characters of a command line."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def words(access: Access, line: str) -> list[str]:
    """A verb and its arguments. Raises `Failure` for everything that is none."""
    if len(line) > LONGEST or _CONTROL.search(line):
        raise Failure(_("This is no command of omnitui: it is too long, or no plain text."))
    try:
        found = shlex.split(line)
    except ValueError:
        raise Failure(_("This is no command of omnitui: a quote in it does not end.")) from None
    if found[:1] == ["omnitui"]:
        found = found[1:]
    if not found:
        raise Failure(_("No command was given; without one, “ssh -t” opens the screen."))
    verb = found[0]
    if not permits_verb(access, verb):
        raise Failure(
            _("This login opens omnitui's screen; “{verb}” is not run here. Who looks after the"
              " desk can allow some verbs ([locked] verbs in team.toml).").format(verb=verb[:40])
        )  # fmt: skip
    if any(word == "--home" or word.startswith("--home=") for word in found):
        raise Failure(_("“--home” is not for you to choose here."))
    return found
