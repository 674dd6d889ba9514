"""A template's variables filled from the card. A template is text, not a program.

Jinja2's sandbox, and only the part of its language that cannot run long or grow: names,
attributes, `if`, a few filters. A variable that has no value stays in the text as
`{{ name }}`, which stops the send.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.mail.letterhead import agent_name
from omnitui.desk.persons.identity import first_name
from omnitui.desk.replying.reply import unfilled
from store import accounts, conversations, customers
from store.errors import NotFound
from store.model import Conversation, ConversationId, Customer

if TYPE_CHECKING:
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


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str
    unfilled: tuple[str, ...]
    """Variables that have no value here; each stands in the text as `{{ name }}`."""


class TemplateBroken(CommandError):
    """A template that cannot be filled in; the sentence has its file and line."""


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
    return fill(template.variants[chosen], variables(desk, conversation, customer), where)


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


def fill(body: str, values: Mapping[str, Any], where: str = "") -> Rendered:
    """Fill in a body. Raises `TemplateBroken` with `where` and the line."""
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
        raise TemplateBroken(_broken(where, error.lineno, error.message or "")) from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TemplateBroken(_broken(where, 1, str(error))) from error
    return Rendered(text, unfilled(text))


def _broken(where: str, line: int, why: str) -> str:
    return _("{file}, line {line} of the text: {why}").format(file=where, line=line, why=why)


def _check(environment: SandboxedEnvironment, body: str) -> None:
    """Refuse everything that could call, loop or grow."""
    from jinja2 import TemplateSyntaxError, nodes

    allowed = (
        nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr,
        nodes.Getitem, nodes.Const, nodes.If, nodes.CondExpr, nodes.Filter, nodes.Test,
        nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.Concat,
    )  # fmt: skip
    pending: list[nodes.Node] = [environment.parse(body)]
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
