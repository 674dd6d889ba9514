"""Styles that are found once are those that Textual finds each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.css.styles import Styles
from textual.widget import Widget
from textual.widgets import Input, Label

from omnitui.tui.look.styled_once import StyledOnce


class Pane(Widget, can_focus=True):
    COMPONENT_CLASSES: ClassVar[set[str]] = {"pane--part", "pane--other"}
    DEFAULT_CSS = """
    Pane { color: $primary; height: 1fr; }
    Pane:focus { color: $accent; }
    Pane > .pane--part { color: red; }
    Pane:focus > .pane--part { text-style: bold; }
    """


class Late(Label):
    SCOPED_CSS = False
    DEFAULT_CSS = """
    Late { color: $warning; }
    Late.-shown { display: none; }
    Pane:focus { background: $success; }
    """


class Desk(App[None]):
    CSS = """
    .-wide Pane { width: 10; border: solid $primary; }
    .-wide #second > .pane--other { background: $secondary; }
    #box:focus-within Label { color: $success; }
    Label:first-child { text-style: italic; }
    """

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Label("one")
            yield Pane(id="first")
            yield Label("two")
        yield Pane(id="second")
        yield Input()


def shown(app: App[None]) -> dict[str, Any]:
    """All that was set, by widget and part."""
    found: dict[str, Any] = {}
    for node in app.screen.walk_children(with_self=True):
        found[repr(node)] = _said(node.styles.base)
        for name, styles in node._component_styles.items():
            found[f"{node!r} {name}"] = _said(styles.base)
    return found


def _said(styles: Styles) -> dict[str, str]:
    return {name: repr(value) for name, value in styles._rules.items()}


async def styles_of(app: App[None]) -> list[dict[str, Any]]:
    found = []
    async with app.run_test() as pilot:
        first, second = app.query_one("#first"), app.query_one("#second")
        steps: list[Callable[[], object]] = [
            lambda: first.focus(),
            lambda: app.screen.add_class("-wide"),
            lambda: second.focus(),
            lambda: app.screen.remove_class("-wide"),
            lambda: app.screen.add_class("-wide"),
            lambda: first.focus(),
            lambda: app.mount(Late("late")),
            lambda: app.query_one(Late).add_class("-shown"),
            lambda: second.focus(),
            lambda: setattr(app, "theme", "textual-light"),
            lambda: app.query_one(Late).remove_class("-shown"),
            lambda: first.focus(),
            lambda: app.screen.remove_class("-wide"),
            lambda: setattr(second, "disabled", True),
            lambda: setattr(app, "theme", "textual-dark"),
            lambda: app.screen.add_class("-wide"),
        ]
        for step in steps:
            step()
            await pilot.pause()
            found.append(shown(app))
    return found


async def test_styles_are_textuals_in_every_state() -> None:
    ours, textuals = Desk(), Desk()
    ours.stylesheet = StyledOnce(variables=ours.get_css_variables())
    for mine, theirs in zip(await styles_of(ours), await styles_of(textuals), strict=True):
        assert mine == theirs
