"""A template's variables filled from the card. A template is text, not a program.

Jinja2's sandbox, and only the part of its language that cannot run long or grow: names,
attributes, `if`, a few filters. A variable that has no value stays in the text as
`{{ name }}`, which stops the send.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.front_matter import Problem
from omnitui.desk.mail.letterhead import agent_name
from omnitui.desk.persons.identity import first_name
from omnitui.desk.replying.reply import unfilled
from store import accounts, conversations, customers
from store.errors import NotFound
from store.model import Conversation, ConversationId, Customer

if TYPE_CHECKING:
    from jinja2.nodes import Template as TemplateNode
    from jinja2.sandbox import SandboxedEnvironment

    from omnitui.desk.templates import Template

_FILTERS = ("capitalize", "default", "d", "first", "last", "lower", "title", "trim", "upper")
_TESTS = ("defined", "undefined", "none", "equalto", "eq", "string", "number")
VARIABLES = (
    "customer.name",
    "customer.first_name",
    "customer.company",
    "customer.language",
    "customer.fields.NAME",
    "agent.name",
    "agent.first_name",
    "conversation.id",
    "conversation.subject",
    "account.name",
    "account.address",
    "desk.name",
)
"""What a template may say between `{{` and `}}`."""
LINK_VARIABLES = ("link.url", "link.name")
"""What the template of the command `link` may say besides."""


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str
    unfilled: tuple[str, ...]
    """Variables that have no value here; each stands in the text as `{{ name }}`."""


class TemplateBroken(CommandError):
    """A template that cannot be filled in; the sentence has its file and line."""

    def __init__(self, sentence: str, line: int = 1) -> None:
        super().__init__(sentence)
        self.line = line


def render(
    desk: Desk,
    conversation_id: ConversationId,
    template: Template,
    language: str | None = None,
) -> Rendered:
    """Fill in a template for a conversation, in the customer's language unless told.

    Raises `TemplateBroken`, `NotFound`.
    """
    conversation = conversations.get(desk.db, conversation_id)
    customer = customers.get(desk.db, conversation.customer_id)
    chosen = template.language_for(language or customer.language, desk.config.desk.language)
    where = str(template.paths.get(chosen, template.name))
    values = variables(desk, conversation, customer)
    return fill(template.variants[chosen], values, where, template.lines.get(chosen, 1))


def variables(desk: Desk, conversation: Conversation, customer: Customer) -> dict[str, Any]:
    """The values by name; what is not known is left out."""
    agent = agent_name(desk)
    account = {}
    if conversation.account_id is not None:
        try:
            found = accounts.get(desk.db, conversation.account_id)
            account = {"name": found.display_name or found.name, "address": found.address}
        except NotFound:
            pass
    return {
        "customer": {
            "name": customer.name,
            "first_name": customer.fields.get("first_name") or first_name(customer.name),
            "company": customer.company,
            "language": customer.language,
            "fields": dict(customer.fields),
        },
        "agent": {"name": agent, "first_name": first_name(agent)},
        "conversation": {"id": conversation.id, "subject": conversation.subject},
        "account": account,
        "desk": {"name": desk.config.desk.name},
    }


def fill(body: str, values: Mapping[str, Any], where: str = "", line: int = 1) -> Rendered:
    """Fill in a body, which begins in this line of the file `where`.

    Raises `TemplateBroken` with both.
    """
    if "{" not in body:
        return Rendered(body, ())
    from jinja2 import TemplateError, TemplateSyntaxError

    environment = _environment()
    try:
        _check(environment, body)
        # Jinja2 parses what it renders, so values stay data even when they look like code.
        text = environment.from_string(body).render(
            {name: _Scope(name, value) for name, value in values.items()}
        )
    except TemplateSyntaxError as error:
        at = line + error.lineno - 1
        raise TemplateBroken(f"{where}:{at}: {error.message or ''}") from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TemplateBroken(f"{where}:{line}: {error}") from error
    return Rendered(text, unfilled(text))


def mistakes(template: Template) -> Iterator[Problem]:
    """What is wrong with a template's texts: what it does not understand, and variables that
    there are none of. A bare name, `{{ amount }}`, is meant to be filled in by hand."""
    for language, body in template.variants.items():
        if "{" not in body:
            continue
        path = template.paths.get(language, Path(template.name))
        begin = template.lines.get(language, 1) - 1
        try:
            for name, line in _named(body):
                if why := _unknown(name, template.name):
                    yield Problem(path, begin + line, why)
        except TemplateBroken as error:
            yield Problem(path, begin + error.line, str(error))


def _named(body: str) -> list[tuple[str, int]]:
    """The variables of a text and their lines. Raises `TemplateBroken`."""
    from jinja2 import TemplateSyntaxError, nodes

    try:
        tree = _check(_environment(), body)
    except TemplateSyntaxError as error:
        raise TemplateBroken(error.message or "", error.lineno) from error
    inner = {id(node.node) for node in tree.find_all(nodes.Getattr)}
    found = [node for node in tree.find_all(nodes.Getattr) if id(node) not in inner]
    return [(_dotted(node), node.lineno) for node in found]


def _dotted(node: Any) -> str:
    from jinja2 import nodes

    if isinstance(node, nodes.Getattr):
        return f"{_dotted(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "?"


def _unknown(name: str, template: str) -> str:
    """Why there is no such variable; "" when there is."""
    known = [*VARIABLES, *(LINK_VARIABLES if template == "link" else ())]
    if name in known or name.startswith("customer.fields.") or "?" in name:
        return ""
    from rapidfuzz import process

    near = process.extractOne(name, known, score_cutoff=60)
    hint = " " + _("Did you mean “{name}”?").format(name=near[0]) if near else ""
    return _("There is no variable “{name}”.").format(name=name) + hint


def _check(environment: SandboxedEnvironment, body: str) -> TemplateNode:
    """The text understood; refuses everything that could call, loop or grow."""
    from jinja2 import TemplateSyntaxError, nodes

    allowed = (
        nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr,
        nodes.Getitem, nodes.Const, nodes.If, nodes.CondExpr, nodes.Filter, nodes.Test,
        nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.Concat,
    )  # fmt: skip
    tree = environment.parse(body)
    pending: list[nodes.Node] = [tree]
    while pending:
        node = pending.pop()
        if not isinstance(node, allowed):
            raise TemplateSyntaxError(
                _("a template knows variables, `if` and filters, not “{what}”").format(
                    what=type(node).__name__.lower()
                ),
                node.lineno,
            )
        pending.extend(node.iter_child_nodes())
    return tree


@functools.cache
def _environment() -> SandboxedEnvironment:
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        undefined=_unfilled_type(), autoescape=False, keep_trailing_newline=False
    )
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    environment.globals = {}
    return environment


class _Scope:
    """Values under a dotted name, so that a missing one can say which it is."""

    __slots__ = ("_path", "_value")

    def __init__(self, path: str, value: Any) -> None:
        self._path, self._value = path, value

    def __getitem__(self, name: str) -> Any:
        value = self._value.get(name) if isinstance(self._value, Mapping) else None
        if value is None or value == "":
            raise KeyError(name)
        return _Scope(f"{self._path}.{name}", value) if isinstance(value, Mapping) else value

    def __str__(self) -> str:
        return f"{{{{ {self._path} }}}}"


@functools.cache
def _unfilled_type() -> Any:
    from jinja2 import ChainableUndefined

    class Unfilled(ChainableUndefined):
        """Prints itself as it was written."""

        __slots__ = ("_path",)

        def __init__(
            self, hint: Any = None, obj: Any = None, name: Any = None, *rest: Any, **more: Any
        ) -> None:
            super().__init__(hint, obj, name, *rest, **more)
            before = getattr(obj, "_path", "") if isinstance(obj, (_Scope, Unfilled)) else ""
            self._path = f"{before}.{name}" if before else str(name or "?")

        def __getattr__(self, name: str) -> Unfilled:
            if name.startswith("_"):
                raise AttributeError(name)
            return Unfilled(obj=self, name=name)

        def __getitem__(self, name: Any) -> Unfilled:  # type: ignore[override]
            return Unfilled(obj=self, name=name)

        def __str__(self) -> str:
            return f"{{{{ {self._path} }}}}"

    return Unfilled
