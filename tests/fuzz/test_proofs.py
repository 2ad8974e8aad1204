"""Fuzzing what says who calls: headers, tokens and forms that were right once.

A server with accounts must answer whatever comes, and let in nobody whom it should not: what is
let in is read here once more, in another way.
"""

import base64
import binascii
import http.client
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.registry import keys
from longshore.registry.secrets import Kind, new
from tests.api.pushing import Repository
from tests.api.secured import (
    BEHIND_A_PROXY,
    PASSWORD,
    Asked,
    Secured,
    basic,
    bearer,
    new_address,
)
from tests.api.wire import Reply, head
from tests.content import index
from tests.fuzz.requests import queries
from tests.fuzz.test_requests import Edit, edits, examples
from tests.serving import Server

SCOPE = "repository:team/app:pull,push"
TAGS = "/v2/team/app/tags/list"
FORM = "application/x-www-form-urlencoded"


class Guarded:
    """A server with accounts, and all that lets somebody in."""

    def __init__(self, server: Server) -> None:
        Repository(Secured(server).wire, "team/app").push(index(), "v1")
        self.secured = secured = Secured(server)
        secured.add_user("alice", "team:push")
        secured.grant("anonymous", "public:pull")
        self.secret = secured.add_robot("build", "team:push")
        self.token = secured.token(basic("alice"), SCOPE)
        login = secured.ask(
            Asked("GET", f"/token?offline_token=true&scope={SCOPE}"), basic("alice")
        )
        self.refresh: str = login.json()["refresh_token"]
        self.ring = secured.write(keys.ring)
        self.proofs = [
            basic("alice"),
            basic("build", self.secret),
            basic("", self.secret),
            bearer(self.secret),
            bearer(self.token),
        ]

    def ask(self, method: str, target: str, header: bytes, body: bytes = b"") -> Reply | None:
        """Send any bytes as the header; None if the server closed at once: it was no request."""
        start = head(
            method,
            target,
            {
                "X-Forwarded-For": new_address(),
                "Content-Length": str(len(body)),
                "Content-Type": FORM,
            },
        )
        line = b"Authorization: " + header.translate(None, b"\r\n") + b"\r\n" if header else b""
        with self.secured.wire.connect() as connection:
            try:
                connection.write(start[:-2] + line + b"\r\n" + body)
                reply = connection.read(method)
            except (ConnectionError, http.client.HTTPException):
                return None
        assert reply.status < 500, (reply, header, target, body)
        return reply

    def is_right(self, header: bytes) -> bool:
        """Whether somebody is let in by it who may pull."""
        scheme, _, value = header.strip(b" \t").partition(b" ")
        value = value.strip()
        if scheme.lower() == b"bearer":
            return value.decode("latin-1") in {self.token, self.secret}
        try:
            said = base64.b64decode(value)
        except binascii.Error:
            return False
        names = [f"alice:{PASSWORD}", f"build:{self.secret}", f":{self.secret}"]
        return scheme.lower() == b"basic" and said in [name.encode() for name in names]


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    with Server(tmp_path / "data", options=BEHIND_A_PROXY) as server:
        yield Guarded(server)
    log = server.log.read_text(errors="replace")
    assert "Traceback" not in log
    assert '"level":"error"' not in log


def edited(text: str, changes: list[Edit]) -> bytes:
    data = text.encode()
    for change in changes:
        data = change(data)
    return data


def test_headers_that_were_right_once(depth: int, guarded: Guarded) -> None:
    @examples(300 * depth)
    @given(
        st.sampled_from([*guarded.proofs, basic("nobody"), bearer(new(Kind.ROBOT)), "Digest a=b"]),
        st.lists(edits(), max_size=2),
    )
    def explore(proof: str, changes: list[Edit]) -> None:
        header = edited(proof, changes)
        reply = guarded.ask("GET", TAGS, header)
        if reply is not None and reply.status == 200:
            assert guarded.is_right(header), header

    explore()


names = st.sampled_from(["alice", "build", "", "nobody"]) | st.text(max_size=8)


def test_names_and_passwords_of_any_kind(depth: int, guarded: Guarded) -> None:
    passwords = st.sampled_from([PASSWORD, guarded.secret, guarded.token, guarded.refresh, ""])

    @examples(150 * depth)
    @given(names, passwords | st.text(max_size=12), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
    def explore(name: str, password: str, encoding: str) -> None:
        said = f"{name}:{password}".encode(encoding, "replace")
        header = b"Basic " + base64.b64encode(said)
        reply = guarded.ask("GET", TAGS, header)
        if reply is not None and reply.status == 200:
            assert guarded.is_right(header), header

    explore()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
_ACCESS = {"type": "repository", "name": "team/app", "actions": ["pull"]}


def _claims(guarded: Guarded) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": "longshore",
        "sub": "alice",
        "aud": guarded.ring.audience,
        "exp": now + 300,
        "nbf": now,
        "iat": now,
        "jti": "0" * 32,
        "access": [_ACCESS],
    }


CLAIMS = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "access", "identity"]
HEADERS = ["typ", "alg", "kid", "crit", "jwk", "b64"]
ODD_ACCESS = st.lists(
    _JSON | st.fixed_dictionaries({"type": _JSON, "name": _JSON, "actions": _JSON}), max_size=3
)


def test_tokens_that_are_signed_and_say_anything(depth: int, guarded: Guarded) -> None:
    """As if the key were known: what they say is still not taken for what it is not."""
    right = _claims(guarded)

    @examples(300 * depth)
    @given(
        st.dictionaries(st.sampled_from(CLAIMS), _JSON | ODD_ACCESS | st.just("alice"), max_size=3),
        st.lists(st.sampled_from(CLAIMS), max_size=1),
        st.dictionaries(st.sampled_from(HEADERS[2:]), _JSON, max_size=1),
    )
    def explore(changed: dict[str, Any], left_out: list[str], headers: dict[str, Any]) -> None:
        claims = {name: one for name, one in {**right, **changed}.items() if name not in left_out}
        token = _sign(
            claims, {"kid": guarded.ring.signing.id, **headers}, guarded.ring.signing.secret
        )
        reply = guarded.ask("GET", TAGS, bearer(token).encode())
        if reply is not None and reply.status == 200:
            assert _is_good(claims, right), claims

    explore()


def _sign(claims: Mapping[str, Any], headers: Mapping[str, Any], key: bytes) -> str:
    """A token that is well signed, whatever it says: libraries would refuse to write some."""
    parts = [{"typ": "JWT", "alg": "HS256", **headers}, claims]
    text = b".".join(_encode(json.dumps(part).encode()) for part in parts)
    signature = jwt.get_algorithm_by_name("HS256").sign(text, key)
    return b".".join([text, _encode(signature)]).decode()


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _is_good(claims: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Whether it says what it must, and is for this."""
    is_ours = all(claims.get(name) == right[name] for name in ("iss", "sub", "aud"))
    is_its_time = (
        claims["exp"] > time.time() - 1 and max(claims["nbf"], claims["iat"]) < right["exp"]
    )
    access = [one for one in claims["access"] if one["name"] == "team/app"]
    return is_ours and is_its_time and any("pull" in one["actions"] for one in access)


def test_tokens_that_others_signed(depth: int, guarded: Guarded) -> None:
    key = guarded.ring.signing
    key_ids = st.sampled_from([key.id, "", "0", "../" + key.id, key.id.upper()])
    secrets = st.sampled_from([b"", b"0" * 32, key.id.encode(), key.secret[:-1], key.secret + b"0"])

    @examples(100 * depth)
    @given(key_ids, secrets, st.sampled_from(["HS256", "none", "HS384", "RS256", "hs256"]))
    def explore(key_id: str, secret: bytes, algorithm: str) -> None:
        token = _sign(_claims(guarded), {"kid": key_id, "alg": algorithm}, secret)
        for one in (token, token.rpartition(".")[0] + ".", token.rpartition(".")[0]):
            reply = guarded.ask("GET", TAGS, bearer(one).encode())
            assert reply is None or reply.status == 401

    explore()


def test_no_second_spelling_of_a_token_is_good(guarded: Guarded) -> None:
    """One that differs in bits that no byte needs would be another token for whoever compares."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
    others = [guarded.token[:-1] + one for one in letters if one != guarded.token[-1]]
    others += [guarded.token + one for one in ("=", ".", "A", "\t")]
    for token in others:
        reply = guarded.ask("GET", TAGS, bearer(token).encode())
        is_same = token.strip() == guarded.token
        assert reply is not None
        assert reply.status == (200 if is_same else 401), token


FIELDS = ["grant_type", "username", "password", "refresh_token", "scope", "access_type", "service"]


def check_answer(reply: Reply | None, account: str | None) -> None:
    """A token is for the account that has shown who it is, and for no more than it may."""
    if reply is None or reply.status != 200:
        return
    assert account is not None, reply
    claims = jwt.decode(reply.json()["token"], options={"verify_signature": False})
    assert claims["sub"] == account
    for one in claims["access"]:
        allowed = (
            {"team": {"pull", "push"}, "public": {"pull"}} if account else {"public": {"pull"}}
        )
        if one["type"] == "repository":
            assert set(one["actions"]) <= allowed[one["name"].partition("/")[0]]
        else:
            assert (one["type"], one["name"]) == ("registry", "catalog")


def test_forms_that_were_right_once(depth: int, guarded: Guarded) -> None:
    login = {"grant_type": "password", "username": "alice", "password": PASSWORD, "scope": SCOPE}
    robot = {**login, "username": "build", "password": guarded.secret}
    again = {"grant_type": "refresh_token", "refresh_token": guarded.refresh, "scope": SCOPE}
    forms = st.sampled_from([login, robot, again, {**login, "access_type": "offline"}])

    @examples(250 * depth)
    @given(
        forms,
        st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=10), max_size=2),
        st.lists(edits(), max_size=2),
    )
    def explore(form: dict[str, str], changed: dict[str, str], changes: list[Edit]) -> None:
        body = edited(urlencode({**form, **changed}, errors="replace"), changes)
        check_answer(guarded.ask("POST", "/token", b"", body), _who(guarded, body))

    explore()


def _who(guarded: Guarded, body: bytes) -> str | None:
    """Whom a form is of; None if it is of nobody."""
    fields = parse_qs(body.decode("latin-1"), keep_blank_values=True)
    form = {name: values[0] for name, values in fields.items()}
    if form.get("grant_type") == "refresh_token":
        return "alice" if form.get("refresh_token") == guarded.refresh else None
    if form.get("password") == guarded.secret:
        return "build" if form.get("username", "") in {"build", ""} else None
    is_alice = (form.get("username"), form.get("password")) == ("alice", PASSWORD)
    return "alice" if is_alice else None


SCOPES = st.sampled_from(
    [
        SCOPE,
        "repository:public/app:pull",
        "repository:team/app:*",
        "repository:others/app:pull,push,delete",
        "registry:catalog:*",
    ]
)


def test_queries_for_tokens(depth: int, guarded: Guarded) -> None:
    headers = [b"", basic("alice").encode(), basic("alice", "wrong").encode()]

    @examples(200 * depth)
    @given(
        st.lists(SCOPES | st.text(max_size=12), max_size=3),
        queries,
        st.lists(edits(), max_size=2),
        st.sampled_from(headers),
    )
    def explore(scopes: list[str], more: str, changes: list[Edit], header: bytes) -> None:
        query = urlencode([("scope", scope) for scope in scopes], errors="replace") + f"&{more}"
        target = "/token?" + _visible(edited(query, changes))
        who = {headers[0]: "", headers[1]: "alice"}.get(header)
        check_answer(guarded.ask("GET", target, header), who)

    explore()


def _visible(data: bytes) -> str:
    """What can stand in a request's first line without ending it, or the path."""
    return "".join(chr(byte) for byte in data if 0x21 <= byte < 0x7F and byte != ord("#"))
