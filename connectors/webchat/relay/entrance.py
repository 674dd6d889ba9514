"""Who somebody is who says `hello` or `identify`, and what they are welcomed with."""

from __future__ import annotations

from connectors.webchat.relay import frames, history, site_identity, told, visitors
from connectors.webchat.relay.history import Standing
from connectors.webchat.relay.hub import Connection, Ending
from connectors.webchat.relay.records import Caller
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.site import Site
from connectors.webchat.relay.tokens import BadToken, Grant, SessionOver
from connectors.webchat.relay.visitors import Identified


class Unwelcome(Exception):
    """The connection is to be closed so; `str()` says why where the ending alone does not."""

    def __init__(self, ending: Ending, sentence: str = "") -> None:
        super().__init__(sentence)
        self.ending = ending


def granted(relay: Relay, site: Site, hello: frames.Hello) -> Grant:
    """Who the token says they are; somebody new without one. Raises `Unwelcome`."""
    new = Grant(Caller(site.name, visitors.new_id()), None)
    if hello.token is None:
        return new
    try:
        return relay.tokens.read(hello.token, site.name, relay.clock())
    except BadToken:
        if hello.identity is not None:  # which is proof enough
            return new
        raise Unwelcome("bad-token") from None
    except SessionOver as over:
        if hello.identity is not None:
            return Grant(over.caller, None)
        raise Unwelcome("identity-needed") from None


async def identified(
    relay: Relay, site: Site, connection: Connection, caller: Caller, token: str
) -> Grant:
    """Who the site's JWT says they are, durably. Other tabs that may not see their chat are
    closed. Raises `Unwelcome`, `JournalError`."""
    if site.identity_secret is None:
        raise Unwelcome("no-identity", "This site has no identity_secret on the relay.")
    at = relay.clock()
    try:
        signed = site_identity.read(token, site.identity_secret, at)
    except site_identity.BadIdentity as error:
        raise Unwelcome("bad-identity", str(error)) from None

    def tell(found: Identified) -> None:
        if found.was is not None:
            relay.hub.end(site.name, found.was, "bad-token", but=connection)
        for tab in relay.hub.connections(site.name, found.visitor.visitor):
            if not tab.signed_in and tab is not connection:
                tab.end("identity-needed")
        if found.event is not None:
            relay.hub.has_news(site.name)

    found = await relay.journal.write_then(
        tell,
        visitors.identify,
        site=site.name,
        signed=signed,
        caller=caller,
        context=connection.context,
        now=at,
    )
    who = Caller(site.name, found.visitor.visitor, found.visitor.generation, signed_in=True)
    return Grant(who, relay.tokens.signed_in_until(at), at)


def is_blocked(relay: Relay, connection: Connection, visitor: str) -> bool:
    """Whether the visitor, or the network that they come from, is kept out."""
    blocks, at = relay.blocks[connection.site], relay.clock()
    return blocks.visitor(visitor, at) or blocks.address(connection.address, at)


async def welcome(
    relay: Relay, site: Site, connection: Connection, grant: Grant, after: int | None
) -> Standing:
    """Puts the welcome, and behind it what has been held meanwhile.

    Raises `VisitorGone`, `IdentityNeeded`, `JournalError`.
    """
    caller, at = grant.caller, relay.clock()
    standing = await relay.journal.read(history.standing, caller=caller, after=after)
    connection.signed_in = caller.signed_in
    connection.until = grant.until
    frame = told.welcome(
        visitor=caller.visitor,
        token=relay.tokens.issue(caller, grant.proven_at if caller.signed_in else at),
        row=standing.visitor,
        page=standing.page,
        site=site.describe(),
        limits=site.limits,
        availability=relay.availability.welcome(connection),
        now=at,
    )
    connection.release(frame)
    return standing
