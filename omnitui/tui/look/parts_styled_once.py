"""Styles for the parts of widgets, found once.

Parts with a style of their own (`input--cursor`) are most of what Textual styles, and it styles
them anew whenever a class of their widget or of anything around it changes: a fifth of the work of
opening an overlay. Parts that the same rules may be about, under the same ancestors, look alike.
"""

from __future__ import annotations

from textual.css.model import RuleSet
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode


class PartsStyledOnce(Stylesheet):
    """Textual's, but for that."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._found: dict[tuple[object, ...], RulesMap] = {}
        """By the ancestors, the part's name and the rules that name it."""
        self._found_by: dict[str, list[RuleSet]] | None = None
        """All rules, as they were then: a rule's number is its own as long as it is there."""

    def _process_component_classes(self, node: DOMNode) -> None:
        names = node._get_component_classes()
        if not names:
            return
        by_name = self.rules_map
        if self._found_by is not by_name:
            self._found_by = by_name
            self._found.clear()
        above = tuple(
            (frozenset(one._css_types), one.id, one.classes, one.pseudo_classes)
            for one in node.css_path_nodes
        )
        before = dict(node._component_styles)
        node._component_styles.clear()
        for name in sorted(names):
            part = DOMNode(classes=name)
            part._attach(node)
            rules = (
                id(one)
                for each in sorted(part._selector_names & by_name.keys())
                for one in by_name[each]
            )
            about = (above, name, *rules)
            if about in self._found:
                part.styles.base.merge_rules(self._found[about])
            else:
                self.apply(part)
                self._found[about] = part.styles.base.get_rules()
            node._component_styles[name] = part.styles
        if before != node._component_styles:
            node.refresh()
