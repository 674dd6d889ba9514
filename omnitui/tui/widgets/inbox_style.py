"""How the inbox is coloured: one class a part of a row."""

from __future__ import annotations

PARTS = frozenset(
    {
        "inbox--row",
        "inbox--selected",
        "inbox--blurred",
        "inbox--cursor",
        "inbox--name",
        "inbox--unread",
        "inbox--dot",
        "inbox--marked",
        "inbox--draft",
        "inbox--email",
        "inbox--telegram",
        "inbox--webchat",
        "inbox--subject",
        "inbox--quiet",
        "inbox--fresh",
        "inbox--due",
        "inbox--late",
        "inbox--failed",
        "inbox--snoozed",
        "inbox--agent",
        "inbox--me",
        "inbox--tag",
        "inbox--urgent",
        "inbox--other",
    }
)
CSS = """
Inbox {
    & > .inbox--row { color: $foreground; }
    & > .inbox--selected { background: $primary 22%; color: $foreground; }
    & > .inbox--blurred { background: $foreground 8%; color: $foreground; }
    & > .inbox--cursor { color: $accent; text-style: bold; }
    & > .inbox--name { color: $foreground; }
    & > .inbox--unread { color: $foreground; text-style: bold; }
    & > .inbox--dot { color: $accent; }
    & > .inbox--marked { color: $success; text-style: bold; }
    & > .inbox--draft { color: $text-warning; text-style: bold; }
    & > .inbox--email { color: $text-primary; }
    & > .inbox--telegram { color: $text-secondary; }
    & > .inbox--webchat { color: $text-success; }
    & > .inbox--subject { color: $foreground 88%; }
    & > .inbox--quiet { color: $foreground 70%; }
    & > .inbox--fresh { color: $text-success; text-style: bold; }
    & > .inbox--due { color: $text-warning; text-style: bold; }
    & > .inbox--late { color: $text-error; text-style: bold; }
    & > .inbox--failed { color: $error; text-style: reverse; }
    & > .inbox--snoozed { color: $text-accent; }
    & > .inbox--agent { color: $foreground 70%; }
    & > .inbox--me { color: $text-success; }
    & > .inbox--tag { color: $foreground 70%; }
    & > .inbox--urgent { color: $text-error; text-style: bold; }
    & > .inbox--other { color: $text-warning; text-style: bold; }
    &:ansi > .inbox--quiet { text-style: dim; }
    &:ansi > .inbox--agent { text-style: dim; }
    &:ansi > .inbox--tag { text-style: dim; }
    &:ansi > .inbox--selected { background: ansi_default; text-style: reverse; }
    &:ansi > .inbox--blurred { background: ansi_default; text-style: underline; }
    &:nocolor > .inbox--selected { text-style: reverse; }
}
"""
