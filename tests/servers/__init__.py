"""Real servers for the tests, each a private instance on loopback that needs no set-up.

`dovecot.py` (IMAP and LMTP), `smtp.py` (a scriptable SMTP server that delivers into Dovecot),
`postfix.py` (a real queue with real bounces), `chaos.py` (a TCP proxy that breaks things) and
`load.py` (big mailboxes); `bot_api/` is Telegram's Bot API. `fixtures.py` hands them to every test; tests/conftest.py loads it.
"""
