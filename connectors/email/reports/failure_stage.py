"""At which step of the SMTP dialogue a mail was refused.

It tells what the refusal is about: the answer to RCPT is about the address, the one to MAIL
about the sender, and after DATA a server says "user unknown" from a filter that has read the
mail. Every server's report has its own words for the step.
"""

from __future__ import annotations

import re
from typing import Literal

Stage = Literal["", "connect", "helo", "mail", "rcpt", "data"]

_COMMAND: dict[str, Stage] = {
    "conn": "connect", "greeting": "connect", "initial": "connect", "banner": "connect",
    "ehlo": "helo", "helo": "helo", "lhlo": "helo", "name": "helo", "starttls": "helo",
    "auth": "mail", "mail": "mail", "sender": "mail",
    "rcpt": "rcpt", "recipient": "rcpt",
    "data": "data", "end of data": "data", "body": "data", "message": "data", "bdat": "data",
}  # fmt: skip

_WORDS = [
    re.compile(pattern, re.I)
    for pattern in (
        # Postfix, src/smtp/smtp_proto.c: "(in reply to end of DATA command)".
        r"\(in reply to (end of data|data|rcpt|mail|[he][he]lo|lhlo|auth|starttls|bdat)",
        # Exim, src/deliver.c and transports/smtp.c; 1&1 and GMX: "after RCPT command".
        r"after (?:pipelined |sending )*(rcpt|mail|data|end of data|[eh][eh]lo|initial"
        r"|starttls|auth)(?: to\b| from\b| command|:|$| connection)",
        r"after (?:the )?(?:transfer|end) of (?:the )?(?:mail )?(body|message)",
        # qmail-remote.c and its forks; netqmail's "most progress was".
        r"does not like (recipient|sender)",
        r"failed (?:after i sent the|on)\s+(message|data)",
        r"(?:connected to \S+ but|but my) (greeting|my name|name|sender)",
        r"most progress was (rcpt|mail|[eh][eh]lo|data|greeting)",
        # DragonFly's net.c: "did not like our RCPT TO".
        r"did not like our (?:final )?(rcpt|mail|data|[eh][eh]lo)",
        # Yahoo's own: "[RCPT_TO]".
        r"\[(rcpt|mail|data|body|[eh][eh]lo|greeting|conn)(?:_\w+)?\]",
        # m-FILTER: a line of its own below "SMTP command".
        r"smtp command:?\s+(rcpt|mail|data|[eh][eh]lo|conn)",
        r"(?:error|failed|failure|response|reply|rejected)\s+(?:on|at|in|to|for|during|in response"
        r" to)\s+(?:the )?(?:smtp )?\"?(rcpt|mail from|data|[eh][eh]lo)\b",
        r"\b(rcpt) to response",
    )
]
# Google's numbers: "The error that the other server returned was: ... (state 14)".
_STATE = re.compile(r"\(state (\d{1,2})\)")
_STATES: dict[int, Stage] = {
    8: "connect", 9: "helo", 10: "helo", 11: "helo", 12: "mail", 13: "mail", 14: "rcpt",
    15: "data", 16: "data", 17: "data", 18: "data",
}  # fmt: skip
# Sendmail, Courier, ezweb: ">>> RCPT To:<x>", "<<< 550 ..."; Postfix to its postmaster and
# other transcripts: " In:  RCPT TO:<x>", " Out: 451 ...".
_SAID = re.compile(
    r"^[ \t]*(?:>>>|In:|C:|SENT:|-->|->)[ \t]*(rcpt|mail|data|[eh][eh]lo|\.$)"
    r"|^[ \t]*(?:<<<|Out:|S:|RECEIVED:|<--|<-)[ \t]*([245]\d\d)\b",
    re.I | re.M,
)
_REFUSED_TALK = re.compile(r"refused to talk to me|connect to \S+: ", re.I)


def stage(text: str) -> Stage:
    """The step of the first refusal that the text tells; empty when it does not."""
    for pattern in _WORDS:
        found = pattern.search(text)
        if found:
            word = found.group(1).lower().removeprefix("my ").removesuffix(" from")
            return _COMMAND.get(word, "")
    state = _STATE.search(text)
    if state:
        return _STATES.get(int(state.group(1)), "")
    said: Stage = ""
    for line in _SAID.finditer(text):
        if line.group(1):
            said = _COMMAND.get(line.group(1).lower(), "data")
        elif line.group(2)[0] in "45" and said:
            return said
    return "connect" if _REFUSED_TALK.search(text) else ""
