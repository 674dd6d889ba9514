"""Styles for widgets and their parts, found once for each state that they can be in.

Whenever a class or the focus of a widget changes, Textual looks for the style of it, of all that it
contains and of all their parts (`input--cursor`) anew, and sets every property once more, though
few differ: that was half of what a key costs which opens or leaves something. Widgets of one type,
under the same ancestors and in the same state look alike, and only what differs is set.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

MOST = 2000
"""States whose styles are kept."""

SHEETS = 1000
"""Kinds of widgets whose rules are kept as parsed."""

State = int
"""All that a rule may ask of a widget and of what it is in, by number."""


@dataclass(slots=True)
class Found:
    """What the rules say about a widget in one state."""

    rules: RulesMap
    flags: tuple[bool, bool, bool, bool]
    """Whether rules ask for the pointer, for the focus within, and for its place among others."""
    parts: dict[str, RulesMap]
    names: frozenset[str]
    """Whom rules are about that may say something of it, or of a part."""


class StyledOnce(Stylesheet):
    """Textual's, but for that."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._found_by: Mapping[str, list[RuleSet]] | None = None
        """All rules, as they were when what is kept was found."""
        self._asked: tuple[str, ...] = ()
        """The pseudo classes that any rule asks for."""
        self._rules_then: dict[int, RuleSet] = {}
        # With the 64 that Textual keeps, all are parsed anew for each kind of widget that is new.
        self._parse_cache = LRUCache(SHEETS)
        self._states: dict[tuple[Any, ...], State] = {}
        self._numbers = itertools.count()
        self._found: dict[State, Found] = {}
        self._shown: WeakKeyDictionary[DOMNode, tuple[State, RulesMap]] = WeakKeyDictionary()
        """The state that a widget was styled for, and what was set then."""
        self._replaced: RulesMap | None = None
        self._in_parts = False
        """Whether it is the parts of a widget that are looked at."""

    def apply(
        self, node: DOMNode, *, animate: bool = False, cache: dict[Any, Any] | None = None
    ) -> None:
        if self._in_parts:  # kept with the widget: no state of their own
            super().apply(node, animate=animate, cache=cache)
            return
        self._look_at_rules()
        state = self._state_of(node, cache)
        found = self._found.get(state)
        if found is None:
            rules = self._look_up(node, animate, cache)
            if rules is not None:
                if len(self._states) > MOST:
                    self._states.clear()
                    self._found.clear()
                self._found[state] = Found(
                    rules,
                    (
                        node._has_hover_style,
                        node._has_focus_within,
                        node._has_order_style,
                        node._has_odd_or_even,
                    ),
                    {name: one.base.get_rules() for name, one in node._component_styles.items()},
                    self._names(node),
                )
                self._shown[node] = state, rules
            return
        (
            node._has_hover_style,
            node._has_focus_within,
            node._has_order_style,
            node._has_odd_or_even,
        ) = found.flags
        before = self._shown.get(node)
        self._shown[node] = state, found.rules
        if before is None or "transitions" in found.rules or "transitions" in before[1]:
            self.replace_rules(node, found.rules, animate=animate)
        elif before[0] != state:
            self._set(node, before[1], found.rules)
        self._show_parts(node, found.parts)

    def _look_up(
        self, node: DOMNode, animate: bool, cache: dict[Any, Any] | None
    ) -> RulesMap | None:
        """As Textual does; None where no rule is about the widget."""
        self._replaced = None
        super().apply(node, animate=animate, cache=cache)
        return self._replaced

    def replace_rules(  # type: ignore[override]
        self, node: DOMNode, rules: RulesMap, animate: bool = False
    ) -> None:
        self._replaced = rules
        Stylesheet.replace_rules(node, rules, animate)

    def _look_at_rules(self) -> None:
        """Rules come with each kind of widget when it is first shown, and all are others in another
        theme: what they may be about is looked for again."""
        by_name = self.rules_map
        if self._found_by is by_name:
            return
        self._found_by = by_name
        before, now = self._rules_then, {id(rule): rule for rule in self.rules}
        self._rules_then = now
        asked = tuple(sorted(set().union(*(rule.pseudo_classes for rule in now.values()))))
        self._shown.clear()
        if asked != self._asked:
            self._asked = asked
            self._states.clear()
            self._found.clear()
            return
        others = [before.get(one) or now[one] for one in before.keys() ^ now.keys()]
        names = set().union(*(rule.selector_names for rule in others))
        for state in [one for one, found in self._found.items() if found.names & names]:
            del self._found[state]

    def _state_of(self, node: DOMNode, known: dict[Any, Any] | None) -> State:
        """`known`: of one pass, in which no state changes."""
        key = ("state", node)
        if known is not None and (state := known.get(key)) is not None:
            return int(state)
        parent = node._parent
        above = self._state_of(parent, known) if isinstance(parent, DOMNode) else -1
        asked, checks = self._asked, node._PSEUDO_CLASSES
        has = tuple([name for name in asked if name in checks and checks[name](node)])  # type: ignore[arg-type]
        about = (above, type(node), node._id, frozenset(node._classes), has)
        state = self._states.get(about)
        if state is None:
            state = self._states[about] = next(self._numbers)
        if known is not None:
            known[key] = state
        return state

    @staticmethod
    def _names(node: DOMNode) -> frozenset[str]:
        parts = node._get_component_classes()
        return frozenset({*node._selector_names, *(f".{name}" for name in parts), "DOMNode"})

    def _set(self, node: DOMNode, then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        """As Textual's, without what is so already."""
        if then is not now:
            base = node.styles.base
            for name in then.keys() | now.keys():
                if then.get(name) != now.get(name):
                    setattr(base, name, now.get(name))
        node.notify_style_update()  # also where only what is around it may look otherwise

    def _show_parts(self, node: DOMNode, parts: Mapping[str, RulesMap]) -> None:
        shown, changed = node._component_styles, False
        for name, rules in parts.items():
            if name not in shown or shown[name].base._rules != rules:
                part = DOMNode(classes=name)
                part._attach(node)
                part.styles.base.merge_rules(rules)
                shown[name] = part.styles
                changed = True
        if changed:
            node.refresh()

    def _process_component_classes(self, node: DOMNode) -> None:
        if self._in_parts:  # a part has none
            return
        own, self._in_parts = self._replaced, True  # parts are styled like widgets
        try:
            super()._process_component_classes(node)
        finally:
            self._replaced, self._in_parts = own, False
