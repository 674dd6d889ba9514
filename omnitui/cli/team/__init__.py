"""Setting up a desk that many Unix users share, and looking whether it still is as it should be."""
