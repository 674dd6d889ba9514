"""How few keys a matter needs, by the agent's own keymap: keys that are pressed, free text (a
reply, a few letters of a template's name) not counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.practice.scenario import Matter

ELLIPSIS = "…"
"""Free text."""
MENUS = ("assign", "status", "tags", "priority", "channel", "send", "customer")


@dataclass(frozen=True, slots=True)
class Way:
    keys: tuple[str, ...]

    @property
    def presses(self) -> int:
        return sum(key != ELLIPSIS for key in self.keys)

    @property
    def shown(self) -> str:
        return " ".join(self.keys)


@dataclass(frozen=True, slots=True)
class Fingers:
    key_for: Callable[[str, Sequence[str]], str]
    """`Keymap.key_for`."""
    menu_key: Callable[[str, str], str]
    """(menu, command line) → the key in that menu that runs the line; "" for none."""

    def key(self, line: str, context: str = "inbox") -> str:
        """The key of a command; without one, how it is typed."""
        return self.key_for(line, [context, "global"]) or f":{line}"

    def way(self, line: str, context: str = "inbox", *, text: bool = False) -> Way:
        """The keys that run a command: its own, or a menu's and the one in there."""
        more = (ELLIPSIS, self._accept) if text else ()
        if own := self.key_for(line, [context, "global"]):
            return Way((*own.split(), *more))
        for menu in MENUS:
            opens, inside = (
                self.key_for(f"menu {menu}", [context, "global"]),
                self.menu_key(menu, line),
            )
            if opens and inside:
                return Way((*opens.split(), inside, *more))
        return Way((self.key_for("command", ["global"]) or ":", ELLIPSIS, "Enter", *more))

    @property
    def _accept(self) -> str:
        return self.key_for("choose accept", ["picker"]) or "Enter"

    def ways(self, matter: Matter, answers: int, me: str) -> list[Way]:
        """One after the other, from the inbox with the conversation highlighted."""
        wanted = matter.expect
        send = self.key("reply send", "reply")
        found = []
        for number in range(max(1, answers)):
            start = self.way("reply template") if wanted.templates and not number else None
            if start is not None:
                keys = [*start.keys, ELLIPSIS, self._accept]
            else:
                keys = [*self.way("reply").keys, ELLIPSIS]
            if wanted.channel not in ("", matter.channel) and number == max(1, answers) - 1:
                keys += [*self.way("menu channel", "reply").keys, "1"]
            found.append(Way((*keys, send)))
        if wanted.note:
            found.append(Way((*self.way("reply note").keys, ELLIPSIS, send)))
        found += [self.way("choose-tag", text=True) for _tag in wanted.tags]
        if wanted.priority not in ("", "normal"):
            found.append(self.way(f"priority {wanted.priority}"))
        if wanted.assignee:
            mine = wanted.assignee in ("me", me)
            found.append(self.way("assign me") if mine else self.way("choose-agent", text=True))
        if wanted.merged_with:
            found.append(self.way("card accept"))
        if wanted.status == "closed":
            found.append(self.way("close"))
        elif wanted.status == "snoozed":
            found.append(self.way("snooze tomorrow 9"))
        return found
