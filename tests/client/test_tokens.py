"""Who the client is to a registry: Basic, tokens for scopes, identity tokens; and what it keeps."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from longshore.client import blobs, tags, uploads
from longshore.client.session import Session
from longshore.oci.errors import Unauthorized
from longshore.oci.names import RepositoryName
from tests.client.faulty import Exchange, Faulty
from tests.client.material import BLOB, CONTENT, content_of, repository_of

USER, PASSWORD = "ada", "pa:ss:wörd"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

Sessions = Callable[..., Session]


class Door:
    """What a registry with accounts asks, and the tokens that it hands out."""

    def __init__(self, registry: Faulty) -> None:
        self.registry = registry
        self.granted: list[set[str]] = []  # of each token, by its number
        self.asked: list[dict[str, list[str]]] = []
        self.narrows = False  # whether the first token is for pulling only
        registry.faults.append(self._look)

    def _look(self, exchange: Exchange) -> None:
        if exchange.route == "/token":
            self._grant(exchange)
        elif not self._needed(exchange) <= self._held(exchange):
            self._challenge(exchange)

    def _grant(self, exchange: Exchange) -> None:
        is_form = exchange.command == "POST"
        fields = parse_qs(b"".join(exchange.read()).decode()) if is_form else dict(exchange.query)
        self.asked.append(fields)
        if is_form:
            is_known = fields["refresh_token"] == ["identity"]
        else:
            is_known = exchange.headers.get("Authorization") == BASIC
        if not is_known:
            exchange.refuse(401, "UNAUTHORIZED")
            return
        scopes = " ".join(fields.get("scope", [])).split()
        words = {f"{s.rpartition(':')[0]}:{a}" for s in scopes for a in s.split(":")[-1].split(",")}
        if self.narrows and not self.granted:
            words = {word for word in words if word.endswith(":pull")}
        self.granted.append(words)
        exchange.reply(200, json.dumps({"access_token": f"t{len(self.granted) - 1}"}).encode())

    def _needed(self, exchange: Exchange) -> set[str]:
        if exchange.route == "/v2/":
            return {"a token of any kind"}
        name = exchange.route.removeprefix("/v2/").split("/blobs/")[0].split("/tags/")[0]
        actions = ["pull"] if exchange.command in {"GET", "HEAD"} else ["pull", "push"]
        return {f"repository:{name}:{action}" for action in actions}

    def _held(self, exchange: Exchange) -> set[str]:
        kind, _, token = (exchange.headers.get("Authorization") or "").partition(" ")
        if kind != "Bearer":
            return set()
        return self.granted[int(token[1:])] | {"a token of any kind"}

    def _challenge(self, exchange: Exchange) -> None:
        asked = " ".join(sorted(self._needed(exchange))) if exchange.route != "/v2/" else ""
        error = ',error="insufficient_scope"' if self._held(exchange) else ""
        realm = f'Bearer realm="http://{self.registry.host}/token",service="door"'
        scope = f',scope="{asked}"' if asked else ""
        exchange.reply(401, WWW_Authenticate=f"{realm}{scope}{error}")


@pytest.fixture
def door(faulty: Faulty) -> Door:
    return Door(faulty)


def environ(tmp_path: Path, config: dict[str, Any]) -> dict[str, str]:
    (tmp_path / "config.json").write_text(json.dumps(config))
    return {"DOCKER_CONFIG": str(tmp_path)}


@pytest.fixture
def known(tmp_path: Path, faulty: Faulty, sessions: Sessions) -> Session:
    """A session of somebody who has logged in with a password."""
    auth = BASIC.removeprefix("Basic ")
    return sessions(environ(tmp_path, {"auths": {faulty.host: {"auth": auth}}}))


def test_a_token_is_asked_for_once_for_each_scope(
    door: Door, known: Session, faulty: Faulty
) -> None:
    repository = repository_of(known, faulty.host)
    for _ in range(3):
        assert not blobs.exists(repository, BLOB.digest)
    uploads.push(repository, content_of(CONTENT))
    assert [fields["scope"] for fields in door.asked] == [
        ["repository:app:pull"],
        ["repository:app:pull,push"],
    ]
    assert door.asked[0]["service"] == ["door"]
    assert door.asked[0]["account"] == [USER]


def test_a_narrowed_token_is_asked_for_again(door: Door, known: Session, faulty: Faulty) -> None:
    door.narrows = True
    assert uploads.push(repository_of(known, faulty.host), content_of(CONTENT))
    assert len(door.asked) == 2
    assert faulty.blobs[BLOB.digest] == CONTENT


def test_a_mount_asks_for_the_source_in_the_same_token(
    door: Door, known: Session, faulty: Faulty
) -> None:
    source = RepositoryName("team/source")
    uploads.push(repository_of(known, faulty.host), content_of(CONTENT), source)
    assert door.asked[0]["scope"] == ["repository:app:pull,push", "repository:team/source:pull"]


def test_an_identity_token_is_posted(
    door: Door, tmp_path: Path, faulty: Faulty, sessions: Sessions
) -> None:
    auths = {"auths": {faulty.host: {"identitytoken": "identity"}}}
    session = sessions(environ(tmp_path, auths))
    assert not blobs.exists(repository_of(session, faulty.host), BLOB.digest)
    [fields] = door.asked
    assert fields["grant_type"] == ["refresh_token"]
    assert faulty.asked("POST", "/token")[0].authorization is None


def test_a_wrong_password_is_told_as_such(
    door: Door, tmp_path: Path, faulty: Faulty, sessions: Sessions
) -> None:
    auths = {"auths": {faulty.host: {"username": USER, "password": "secret"}}}
    session = sessions(environ(tmp_path, auths))
    with pytest.raises(Unauthorized) as refusal:
        blobs.exists(repository_of(session, faulty.host), BLOB.digest)
    told = f"{refusal.value!r} {refusal.value.__notes__}"
    assert "secret" not in told
    assert "/token" in told
    assert len(door.asked) == 1


def test_basic_needs_a_login(faulty: Faulty, session: Session, known: Session) -> None:
    def challenge(exchange: Exchange) -> None:
        if exchange.headers.get("Authorization") != BASIC:
            exchange.reply(401, WWW_Authenticate='Basic realm="door"')

    faulty.faults.append(challenge)
    assert not blobs.exists(repository_of(known, faulty.host), BLOB.digest)
    with pytest.raises(Unauthorized, match=f"longshore login {faulty.host}"):
        blobs.exists(repository_of(session, faulty.host), BLOB.digest)


def test_a_registry_that_accepts_nothing_is_not_asked_for_ever(
    faulty: Faulty, known: Session
) -> None:
    faulty.faults.append(
        lambda exchange: exchange.reply(401, WWW_Authenticate='Basic realm="door"')
    )
    with pytest.raises(Unauthorized, match="refuses the login"):
        list(tags.tags(repository_of(known, faulty.host)))
    assert len(faulty.asked("GET", "tags")) == 1


def test_a_login_is_verified_before_it_is_kept(door: Door, known: Session, faulty: Faulty) -> None:
    from longshore.client.credentials import Login

    known.verify(faulty.host, Login(USER, PASSWORD))
    with pytest.raises(Unauthorized):
        known.verify(faulty.host, Login(USER, "another"))
    assert len(door.asked) == 2
