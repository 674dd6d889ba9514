"""Real servers for the tests, each a private instance on loopback that needs no set-up.

`dovecot.py` (IMAP and LMTP), `smtp.py` (a scriptable SMTP server that delivers into Dovecot),
`postfix.py` (a real queue with real bounces), `chaos.py` (a TCP proxy that breaks things),
`load.py` (big mailboxes) and `bot_api/` (Telegram's Bot API). `fixtures.py` and
`bot_api/fixture.py` hand them to every test; tests/conftest.py loads them.
"""
