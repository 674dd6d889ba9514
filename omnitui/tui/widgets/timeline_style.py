"""The timeline's colours. What they say is also said by form: bars, frames and words."""

from __future__ import annotations

CLASSES = frozenset(
    {
        "timeline--row",
        "timeline--theirs",
        "timeline--ours",
        "timeline--selected",
        "timeline--blurred",
        "timeline--cursor",
        "timeline--bar",
        "timeline--ourbar",
        "timeline--customer",
        "timeline--agent",
        "timeline--quiet",
        "timeline--text",
        "timeline--gone",
        "timeline--subject",
        "timeline--signature",
        "timeline--quoted",
        "timeline--fold",
        "timeline--file",
        "timeline--label",
        "timeline--error",
        "timeline--failed",
        "timeline--sent",
        "timeline--waiting",
        "timeline--note",
        "timeline--notelabel",
        "timeline--day",
        "timeline--heading",
        "timeline--rule",
        "timeline--bold",
        "timeline--italic",
        "timeline--underline",
        "timeline--strike",
        "timeline--spoiler",
        "timeline--code",
        "timeline--link",
        "timeline--host",
        "timeline--warning",
        "timeline--found",
        "timeline--fact",
        "timeline--invite",
        "timeline--image",
        "timeline--dimname",
        "timeline--site",
        "timeline--key",
        "timeline--reply",
        "timeline--reaction",
        "timeline--event",
    }
)

CSS = """
Timeline {
    & > .timeline--row { color: $foreground; }
    & > .timeline--theirs { color: $foreground; }
    & > .timeline--ours { color: $foreground; background: $primary 9%; }
    & > .timeline--selected { background: $primary 22%; }
    & > .timeline--blurred { background: $foreground 10%; }
    & > .timeline--cursor { color: $accent; text-style: bold; }
    & > .timeline--bar { color: $text-success; }
    & > .timeline--ourbar { color: $text-primary; }
    & > .timeline--customer { color: $text-success; text-style: bold; }
    & > .timeline--agent { color: $text-primary; text-style: bold; }
    & > .timeline--quiet { color: $foreground 70%; }
    & > .timeline--text { color: $foreground; }
    & > .timeline--gone { color: $foreground 65%; text-style: strike; }
    & > .timeline--subject { color: $foreground; text-style: bold; }
    & > .timeline--signature { color: $foreground 65%; }
    & > .timeline--quoted { color: $foreground 68%; }
    & > .timeline--fold { color: $foreground 70%; text-style: italic; }
    & > .timeline--file { color: $text-accent; }
    & > .timeline--label { color: $text-warning; text-style: bold; }
    & > .timeline--error { color: $text-error; }
    & > .timeline--failed { color: $error; text-style: reverse; }
    & > .timeline--sent { color: $text-success; }
    & > .timeline--waiting { color: $text-warning; text-style: bold; }
    & > .timeline--note { color: $text-warning; }
    & > .timeline--notelabel { color: $warning; text-style: bold reverse; }
    & > .timeline--day { color: $foreground 66%; }
    & > .timeline--heading { color: $foreground; text-style: bold; }
    & > .timeline--rule { color: $foreground 25%; }
    & > .timeline--bold { text-style: bold; }
    & > .timeline--italic { text-style: italic; }
    & > .timeline--underline { text-style: underline; }
    & > .timeline--strike { text-style: strike; }
    & > .timeline--spoiler { background: $foreground 18%; }
    & > .timeline--code { color: $text-accent; }
    & > .timeline--link { color: $text-primary; text-style: underline; }
    & > .timeline--host { color: $text-primary; text-style: bold underline; }
    & > .timeline--warning { color: $error; text-style: bold reverse; }
    & > .timeline--found { color: $background; background: $warning; }
    & > .timeline--fact { color: $foreground 70%; }
    & > .timeline--invite { color: $text-accent; text-style: bold; }
    & > .timeline--image { color: $foreground 65%; text-style: italic; }
    & > .timeline--dimname { color: $foreground 75%; }
    & > .timeline--site { color: $text-primary 85%; }
    & > .timeline--reply { color: $foreground 70%; }
    & > .timeline--reaction { color: $text-accent; }
    & > .timeline--event { color: $foreground 66%; text-style: italic; }
    & > .timeline--key { color: $accent; text-style: bold not italic; }
    &:ansi > .timeline--ours { background: ansi_default; }
    &:ansi > .timeline--quiet { text-style: dim; }
    &:ansi > .timeline--signature { text-style: dim; }
    &:ansi > .timeline--quoted { text-style: dim; }
    &:ansi > .timeline--day { text-style: dim; }
    &:ansi > .timeline--rule { text-style: dim; }
    &:ansi > .timeline--fold { text-style: dim italic; }
    &:ansi > .timeline--fact { text-style: dim; }
    &:ansi > .timeline--reply { text-style: dim; }
    &:ansi > .timeline--event { text-style: dim italic; }
    &:ansi > .timeline--spoiler { background: ansi_default; text-style: dim; }
    &:ansi > .timeline--image { text-style: dim italic; }
    &:ansi > .timeline--gone { text-style: dim strike; }
    &:ansi > .timeline--selected { background: ansi_default; text-style: reverse; }
    &:ansi > .timeline--found { text-style: reverse; }
    &:nocolor > .timeline--selected { text-style: reverse; }
    &:nocolor > .timeline--found { text-style: reverse; }
    &:nocolor > .timeline--spoiler { text-style: dim; }
}
"""
