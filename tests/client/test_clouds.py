"""The registries of clouds, as their documentation and their users tell of them: logins and quirks.

None of this was tried with the clouds themselves: each is a registry on this machine that answers
as that one is said to.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from longshore.client import blobs, connection, manifests, referrers, uploads
from longshore.client.manifests import Pulled
from longshore.client.patience import Patience
from longshore.client.session import Session
from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import Denied, NameUnknown
from longshore.oci.image import ImageReference
from longshore.oci.names import RepositoryName, Tag
from tests.client.faulty import Exchange, Fault, Faulty, on
from tests.client.material import BLOB, CONTENT, content_of, repository_of

Sessions = Callable[..., Session]

HUB_KEY = "https://index.docker.io/v1/"
KEY_FILE = '{\n  "type": "service_account",\n  "private_key": "-----BEGIN: KEY-----\\n"\n}\n'
NOBODY = "00000000-0000-0000-0000-000000000000"  # Azure's name for who has a token


def basic(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


def entry(username: str, password: str) -> dict[str, str]:
    return {"auth": basic(username, password).removeprefix("Basic ")}


def docker(folder: Path, config: object) -> dict[str, str]:
    """An environment with docker's configuration."""
    (folder / "config.json").write_text(json.dumps(config))
    return {"DOCKER_CONFIG": str(folder)}


def podman(folder: Path, config: object) -> dict[str, str]:
    """An environment with podman's logins."""
    file = folder / "run" / "containers" / "auth.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(config))
    return {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder / "run")}


def tokens(registry: Faulty, realm: str, service: str, knows: Callable[[Exchange], bool]) -> Fault:
    """Ask for a token, which the realm gives to whom it knows."""

    def answer(exchange: Exchange) -> None:
        if exchange.route == realm:
            if knows(exchange):
                exchange.reply(200, b'{"access_token": "t"}')
            else:
                exchange.refuse(401, "UNAUTHORIZED")
        elif exchange.headers.get("Authorization") != "Bearer t":
            challenge = f'Bearer realm="http://{registry.host}{realm}",service="{service}"'
            exchange.reply(401, WWW_Authenticate=challenge)

    return answer


@pytest.mark.parametrize("keep", [docker, podman])
def test_amazon_knows_one_user_and_makes_no_repository(
    keep: Callable[[Path, object], dict[str, str]],
    faulty: Faulty,
    sessions: Sessions,
    tmp_path: Path,
) -> None:
    """Basic only; `aws ecr get-login-password` is good for twelve hours."""
    login = basic("AWS", "eyJwYXlsb2FkIjoi")

    def answer(exchange: Exchange) -> None:
        if exchange.headers.get("Authorization") != login:
            realm = f'Basic realm="http://{faulty.host}/",service="ecr.amazonaws.com"'
            exchange.reply(401, WWW_Authenticate=realm)
        elif "absent" in exchange.route and exchange.command == "POST":
            exchange.refuse(404, "NAME_UNKNOWN")

    faulty.faults.append(answer)
    auths = {"auths": {faulty.host: entry("AWS", "eyJwYXlsb2FkIjoi")}}
    session = sessions(keep(tmp_path, auths))
    assert uploads.push(repository_of(session, faulty.host), content_of(CONTENT))
    with pytest.raises(NameUnknown):
        uploads.push(repository_of(session, faulty.host, "absent"), content_of(CONTENT))


def test_amazon_does_not_mount_what_it_does_not_share(faulty: Faulty, session: Session) -> None:
    """Unless sharing is switched on, it opens an upload instead."""
    source = RepositoryName("team/source")
    assert uploads.push(repository_of(session, faulty.host), content_of(CONTENT), source)
    [post] = faulty.asked("POST", "uploads")
    assert post.query["from"] == ["team/source"]
    assert faulty.blobs[BLOB.digest] == CONTENT


def test_amazon_says_of_each_chunk_what_it_said_of_the_first(
    faulty: Faulty, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "WHOLE_LIMIT", 0)
    monkeypatch.setattr(uploads, "CHUNK", 500_000)

    def take(exchange: Exchange) -> None:
        upload = exchange.route.rpartition("/")[2]
        for piece in exchange.read():
            faulty.uploads[upload] += piece
        exchange.reply(201, Location=exchange.route, Range="0-499999")

    faulty.faults.append(on("PATCH", "uploads", take))
    assert uploads.push(repository_of(session, faulty.host), content_of(CONTENT))
    assert faulty.blobs[BLOB.digest] == CONTENT


@pytest.mark.parametrize("where", ["auths", "helper"])
def test_azure_exchanges_a_token_of_a_login_for_one_of_a_repository(
    where: str,
    faulty: Faulty,
    sessions: Sessions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`az acr login` keeps a refresh token, which is posted to the realm of the challenge."""
    asked: list[dict[str, list[str]]] = []

    def knows(exchange: Exchange) -> bool:
        asked.append(parse_qs(b"".join(exchange.read()).decode()))
        return exchange.command == "POST" and asked[-1].get("refresh_token") == ["refresh"]

    faulty.faults.append(tokens(faulty, "/oauth2/token", "sample.azurecr.io", knows))
    config: dict[str, object] = {
        "auths": {faulty.host: {**entry(NOBODY, ""), "identitytoken": "refresh"}}
    }
    if where == "helper":
        program = tmp_path / "docker-credential-acr"
        program.write_text('#!/bin/sh\necho \'{"Username":"<token>","Secret":"refresh"}\'\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        config = {"credHelpers": {faulty.host: "acr"}}
    session = sessions(docker(tmp_path, config))
    assert not blobs.exists(repository_of(session, faulty.host), BLOB.digest)
    [fields] = asked
    assert fields["grant_type"] == ["refresh_token"]
    assert fields["service"] == ["sample.azurecr.io"]
    assert fields["scope"] == ["repository:app:pull"]


@pytest.mark.parametrize(
    ("username", "password"),
    [("_json_key", KEY_FILE), ("oauth2accesstoken", "ya29.token"), ("_dcgcloud_token", "ya29.x")],
)
def test_google_takes_a_key_file_for_a_password(
    username: str, password: str, faulty: Faulty, sessions: Sessions, tmp_path: Path
) -> None:
    def knows(exchange: Exchange) -> bool:
        return exchange.headers.get("Authorization") == basic(username, password)

    faulty.faults.append(tokens(faulty, "/v2/token", "europe-docker.pkg.dev", knows))
    auths = {"auths": {f"https://{faulty.host}": entry(username, password)}}
    session = sessions(docker(tmp_path, auths))
    assert not blobs.exists(repository_of(session, faulty.host), BLOB.digest)


@pytest.mark.parametrize("status", [400, 405])
def test_google_takes_no_chunks(
    status: int, faulty: Faulty, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A blob that would go in chunks goes as a whole, then."""
    monkeypatch.setattr(uploads, "WHOLE_LIMIT", 0)
    monkeypatch.setattr(uploads, "CHUNK", 500_000)

    def refuse(exchange: Exchange) -> None:
        for _ in exchange.read():
            pass
        exchange.reply(status, b"<html>That is an error.</html>")

    faulty.faults.append(on("PATCH", "uploads", refuse))
    assert uploads.push(repository_of(session, faulty.host), content_of(CONTENT))
    assert faulty.blobs[BLOB.digest] == CONTENT
    assert len(faulty.asked("PATCH")) == 1


def test_docker_hub_is_kept_under_another_name_and_limits_pulls(
    faulty: Faulty, other: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tokens come from a host of their own, and a 429 says when to come back."""
    monkeypatch.setattr(connection, "HUB_ADDRESS", faulty.host)
    login = basic("ada", "dckr_pat_x")
    limited = [1]

    def answer(exchange: Exchange) -> None:
        if exchange.headers.get("Authorization") != "Bearer t":
            realm = f'Bearer realm="http://{other.host}/token",service="registry.docker.io"'
            exchange.reply(401, WWW_Authenticate=realm)
        elif exchange.command == "HEAD" and limited:
            limited.pop()
            exchange.reply(429, Retry_After="0", ratelimit_remaining="0;w=21600")

    faulty.faults.append(answer)
    other.faults.append(
        on("GET", "/token", lambda exchange: exchange.reply(200, b'{"token": "t"}'))
    )
    environ = docker(tmp_path, {"auths": {HUB_KEY: entry("ada", "dckr_pat_x")}})
    patience = Patience(attempts=2, first=3600.0)
    with Session(environ, insecure=["docker.io"], patience=patience) as session:
        busybox = session.repository(ImageReference.parse("busybox"))
        assert not blobs.exists(busybox, BLOB.digest)
    assert other.asked("GET", "/token")[0].authorization == login
    assert other.asked("GET", "/token")[0].query["scope"] == ["repository:library/busybox:pull"]
    assert len(faulty.asked("HEAD", "/v2/library/busybox/blobs/")) == 2


def test_github_denies_a_token_where_there_is_no_right(
    faulty: Faulty, sessions: Sessions, tmp_path: Path
) -> None:
    """Any name will do with a personal access token; what it may not do ends at the realm."""

    def answer(exchange: Exchange) -> None:
        if exchange.route == "/token":
            if exchange.query["scope"] == ["repository:acme/app:pull"]:
                exchange.reply(200, b'{"token": "t"}')
            else:
                exchange.refuse(403, "DENIED")
        elif exchange.headers.get("Authorization") != "Bearer t":
            realm = f'Bearer realm="http://{faulty.host}/token",service="ghcr.io",scope="x"'
            exchange.reply(401, WWW_Authenticate=realm)

    faulty.faults.append(answer)
    auths = {"auths": {faulty.host: entry("whoever", "ghp_x")}}
    session = sessions(docker(tmp_path, auths))
    mine = repository_of(session, faulty.host, "acme/app")
    assert not blobs.exists(mine, BLOB.digest)
    with pytest.raises(Denied):
        uploads.push(mine, content_of(CONTENT))


def test_github_leads_who_asks_for_referrers_to_a_page_for_people(
    faulty: Faulty, other: Faulty, session: Session
) -> None:
    """Which soon answers 429 to everybody, so that nobody is to go there."""
    page = f"http://{other.host}/-/v2/packages/container/package/app"
    faulty.faults.append(
        on("GET", "referrers", lambda exchange: exchange.reply(303, Location=page))
    )
    repository = repository_of(session, faulty.host)
    subject = Digest.of(b"an image")
    index = b'{"schemaVersion": 2, "manifests": []}'
    listing = Pulled(Digest.of(index), media_types.OCI_INDEX, index)
    manifests.put(repository, listing, Tag(f"sha256-{subject.hex}"))
    for _ in range(2):
        assert referrers.find(repository, subject) == []
    assert other.seen == []
    assert len(faulty.asked("GET", "referrers")) == 1
