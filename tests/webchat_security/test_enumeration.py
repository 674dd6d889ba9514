"""Nobody learns of another visitor, whatever they guess: ids, tokens, numbers, files, sessions."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

import httpx
import jwt
import pytest

from tests.webchat.shop import Shop
from tests.webchat_security.conftest import ORIGIN, Talks
from tests.webchat_security.talker import HELLO, Talker, refused, rejected

pytestmark = pytest.mark.xdist_group("webchat-security")

SECRET = "my card ends in 4242"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def _pieces(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, body, signature = token.split(".")

    def read(part: str) -> dict[str, Any]:
        return json.loads(base64.urlsafe_b64decode(part + "=="))  # type: ignore[no-any-return]

    return read(head), read(body), signature


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _upload(shop: Shop, token: str, name: str = "p.png", content: bytes = PNG) -> httpx.Response:
    return httpx.post(
        f"{shop.own_url}/v1/files?site=acme&name={name}", content=content, timeout=10,
        headers={"Authorization": f"Bearer {token}", "Origin": ORIGIN, "Content-Type": "image/png"},
    )  # fmt: skip


def test_tokens_that_somebody_made_up(shop: Shop, talks: Talks) -> None:
    victim = talks()
    victim.writes(SECRET)
    head, body, signature = _pieces(victim.token)
    other = talks(site="other")
    stranger = talks()
    stranger.writes("hello")
    _, other_body, _ = _pieces(other.token)
    forged = {
        "none": f"{_part({**head, 'alg': 'none'})}.{_part(body)}.",
        "none, signed": f"{_part({**head, 'alg': 'none'})}.{_part(body)}.{signature}",
        "another's signature": f"{_part(head)}.{_part(body)}.{stranger.token.split('.')[2]}",
        "another's name in one's own": ".".join(
            (
                stranger.token.split(".")[0],
                _part({**_pieces(stranger.token)[1], "v": victim.visitor}),
                stranger.token.split(".")[2],
            )
        ),
        "other site's": other.token,
        "other site's, renamed": f"{_part(head)}.{_part({**other_body, 's': 'acme'})}."
        f"{other.token.split('.')[2]}",
        "the site's own JWT": shop.identity(victim.visitor, s="acme", v=victim.visitor, g=0),
        "the desk's token": shop.desk_token,
        "HS512": f"{_part({**head, 'alg': 'HS512'})}.{_part(body)}.{signature}",
        "empty key": jwt.encode(body, "x" * 32, algorithm="HS256"),
        "the visitor's id": victim.visitor,
        "cut": victim.token[:-2],
        "dots": "..",
    }
    told = {name: rejected(shop.port, ORIGIN, token=token) for name, token in forged.items()}
    # All of them are told the same: which of them was nearly right is nobody's business.
    assert set(told.values()) == {("bad-token", 4401)}, told
    for name, token in forged.items():
        # A desk may send files, too.
        assert _upload(shop, token).status_code == (201 if name == "the desk's token" else 401)


def test_numbers_lead_to_one_s_own_history_only(talks: Talks) -> None:
    victim = talks()
    for number in range(5):
        victim.writes(f"{SECRET} {number}")
    stranger = talks(after=0)
    assert stranger.welcome["history"] == []
    for seq in (0, 1, 3, 6, 2**31, 2**62):
        stranger.say(type="more", before=seq)
        stranger.say(type="read", seq=seq)
        stranger.say(type="ping")
        while (found := stranger.hear())["type"] != "pong":
            assert SECRET not in json.dumps(found), found
    # What one is told does not tell how many others there are.
    assert stranger.writes("mine")["seq"] == 1


def test_extra_fields_do_not_make_one_somebody_else(talks: Talks) -> None:
    victim = talks()
    victim.writes(SECRET)
    stranger = talks(visitor=victim.visitor, v=victim.visitor, sub="x", site="acme")
    assert stranger.visitor != victim.visitor
    stranger.say(type="message", id="m1", text="x", files=[], visitor=victim.visitor, seq=1)
    assert stranger.wait("ack", id="m1")["seq"] == 1
    again = talks(token=victim.token, after=None)
    assert [m["text"] for m in again.welcome["history"]] == [SECRET]


def test_visitor_ids_are_not_to_be_guessed(talks: Talks) -> None:
    made = [talks().visitor for _ in range(50)]
    assert len(set(made)) == 50
    # 128 random bits, so no two share more than a few first letters.
    assert all(len(name) == 24 and name.startswith("v_") for name in made)
    assert len({name[2:6] for name in made}) >= 49


def test_files_are_found_by_their_whole_name_alone(shop: Shop, talks: Talks) -> None:
    victim = talks()
    put = _upload(shop, victim.token)
    assert put.status_code == 201, put.text
    found = put.json()
    victim.say(type="message", id="f1", text="", files=[found["id"]])
    victim.wait("ack", id="f1")
    right = httpx.get(f"{shop.own_url}/v1/files/{found['id']}/{found['name']}")
    assert right.content == PNG
    one = found["id"]
    wrong = [
        one[:-1], one + "A", one[:-1] + ("A" if one[-1] != "A" else "B"), one.swapcase(), "*", "%",
        "..%2f..%2frelay.sqlite", "../relay.sqlite", "%2e%2e/relay.sqlite", "_" * 32, "%00", "'",
        secrets.token_urlsafe(24), "a" * 5_000,
    ]  # fmt: skip
    answers = set()
    for guess in wrong:
        answer = httpx.get(f"{shop.own_url}/v1/files/{guess}/{found['name']}")
        assert PNG not in answer.content
        assert b"SQLite" not in answer.content
        if len(guess) < 100 and "/" not in guess:
            answers.add((answer.status_code, answer.content))
    assert {status for status, _ in answers} <= {404}
    assert len({body for _, body in answers}) == 1, answers
    for path in ("/v1/files", "/v1/files/", f"/v1/files/{one}", f"/v1/files/{one}/"):
        listed = httpx.get(f"{shop.own_url}{path}", headers={"Origin": ORIGIN})
        assert listed.status_code in (401, 403, 404, 405), path
    # Another visitor cannot make it theirs.
    stranger = talks()
    stranger.say(type="message", id="theft", text="", files=[one])
    error = stranger.wait("error")
    made_up = secrets.token_urlsafe(24)
    stranger.say(type="message", id="guess", text="", files=[made_up])
    unknown = stranger.wait("error")
    assert (error["code"], error["message"].replace(one, "")) == (
        unknown["code"], unknown["message"].replace(made_up, ""))  # fmt: skip


def test_poll_sessions_are_one_s_own(shop: Shop, talks: Talks) -> None:
    victim = talks()
    victim.writes(SECRET)
    with httpx.Client(base_url=shop.own_url, headers={"Origin": ORIGIN}, timeout=30) as http:
        hello = {**HELLO, "token": victim.token}
        first = http.post("/v1/poll?site=acme", json={"session": None, "frames": [hello]})
        session = first.json()["session"]
        assert len(session) >= 20
        for guess in (
            session[:-1],
            session + "x",
            "1",
            "",
            "../",
            session.swapcase(),
            1,
            [session],
        ):
            answer = http.post(
                "/v1/poll?site=acme", json={"session": guess, "frames": [{"type": "ping"}]}
            )
            assert SECRET not in answer.text, guess
            assert "welcome" not in answer.text, guess
        # The right session at the wrong site, or from a page that may not chat.
        assert SECRET not in http.post(
            "/v1/poll?site=other", json={"session": session, "frames": [{"type": "ping"}]}
        ).text  # fmt: skip
        for origin in ({"Origin": "http://evil.test"}, {"Origin": "null"}):
            answer = http.post(
                "/v1/poll?site=acme", headers=origin,
                json={"session": session, "frames": [{"type": "ping"}]},
            )  # fmt: skip
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers


def test_foreign_origins_are_refused_at_the_door(shop: Shop) -> None:
    assert refused(shop.port, ORIGIN) is None
    for origin in (
        None, "null", "https://evil.test", "http://shop.test", "https://shop.test.evil.test",
        "https://evilshop.test", "https://shop.test:81", "https://SHOP.test/", "file://",
        "https://shop.test@evil.test",
    ):  # fmt: skip
        assert refused(shop.port, origin) == 403, origin
    for path in ("/v1/chat?site=nobody", "/v1/chat", "/v1/chat?site=", "/v1/chat?site=acme%00"):
        status = refused(shop.port, ORIGIN, path)
        assert status in (403, 404), path


def test_a_desk_s_token_opens_its_own_site_only(shop: Shop, talks: Talks) -> None:
    victim = talks()
    victim.writes(SECRET)
    other = {"Authorization": f"Bearer {shop.other_token}"}
    with httpx.Client(base_url=shop.own_url, headers=other, timeout=5) as http:
        said = {"visitor": victim.visitor, "text": "pay here", "key": "k-1", "name": "Eve"}
        answer = http.post("/v1/messages", json=said)
        never = http.post("/v1/messages", json={**said, "visitor": "v_" + "A" * 22, "key": "k-2"})
        assert (answer.status_code, answer.text) == (never.status_code, never.text)
        assert answer.status_code == 404
        with http.stream("GET", "/v1/events?after=0") as events:
            seen = b""
            for piece in events.iter_bytes():
                seen += piece
                if b"\n\n" in seen:
                    break
        assert SECRET.encode() not in seen
        assert victim.visitor.encode() not in seen
        for method, path, body in (
            ("PATCH", "/v1/messages/k-1", {"text": "x"}),
            ("DELETE", "/v1/messages/k-1", None),
            ("GET", "/v1/messages/k-1", None),
        ):
            assert http.request(method, path, json=body).status_code == 404
        http.post("/v1/blocks", json={"visitor": victim.visitor, "until": None})
    assert victim.writes("not blocked by another site's desk")["seq"] == 2


def test_without_the_desk_s_token_nothing_of_the_desk_is_told(shop: Shop, talks: Talks) -> None:
    victim = talks()
    victim.writes(SECRET)
    paths = [
        ("GET", "/v1/events?after=0"), ("POST", "/v1/ack"), ("POST", "/v1/messages"),
        ("GET", "/v1/messages/x"), ("PATCH", "/v1/messages/x"), ("DELETE", "/v1/messages/x"),
        ("PUT", "/v1/availability"), ("POST", "/v1/typing"), ("POST", "/v1/read"),
        ("POST", "/v1/verification"), ("GET", "/v1/blocks"), ("POST", "/v1/blocks"),
        ("DELETE", "/v1/blocks/x"), ("GET", "/v1/status"),
    ]  # fmt: skip
    tokens = [
        None, "", "Bearer", f"Bearer {shop.desk_token[:-1]}", f"Bearer {victim.token}",
        f"Bearer {shop.desk_token}x", f"Basic {shop.desk_token}", f"Bearer {'x' * 5_000}",
        f"Bearer {shop.identity('x')}", "Bearer \xfc".encode("latin-1"),
    ]  # fmt: skip
    with httpx.Client(base_url=shop.own_url, timeout=5) as http:
        for method, path in paths:
            answers = set()
            for token in tokens:
                headers = {} if token is None else {"Authorization": token}
                answer = http.request(method, path, headers=headers)  # type: ignore[arg-type]
                assert SECRET not in answer.text
                answers.add((answer.status_code, answer.text))
            assert {status for status, _ in answers} == {401}, (method, path, answers)
            assert len(answers) == 1, (method, path, answers)


def test_nothing_secret_is_logged(shop: Shop, talks: Talks) -> None:
    visitor = talks()
    visitor.writes(SECRET)
    with Talker(shop.port, ORIGIN, hello=False) as wrong:
        wrong.say(type="hello", token=visitor.token[:-3] + "abc")
        wrong.end()
    talks(identity=shop.identity("somebody", email="somebody@example.test"))
    log = shop.log("relay")
    secrets_of_all = (SECRET, visitor.token, shop.desk_token, shop.identity_secret)
    for secret in (*secrets_of_all, visitor.token[:-3] + "abc", "somebody@example.test"):
        assert secret not in log
