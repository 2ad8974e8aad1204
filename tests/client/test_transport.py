"""Requests: how often they are tried, who learns a login, and what refusals become."""

from __future__ import annotations

import threading

import pytest

from longshore.client import blobs, manifests, uploads
from longshore.client.errors import UnexpectedReply, Unreachable
from longshore.client.patience import Patience
from longshore.client.session import Session
from longshore.client.transport import Registry, Repository
from longshore.oci.errors import (
    Denied,
    SizeInvalid,
    TooManyRequests,
    Unauthorized,
)
from longshore.oci.names import RepositoryName, Tag
from tests.client.faulty import Cut, Exchange, Faulty, on, once
from tests.client.material import BLOB, CONTENT, content_of, repository_of
from tests.serving import free_port


@pytest.fixture
def repository(session: Session, faulty: Faulty) -> Repository:
    return repository_of(session, faulty.host)


def read(repository: Repository) -> bytes:
    return b"".join(blobs.read(repository, BLOB))


def test_who_is_told_to_wait_waits(faulty: Faulty) -> None:
    pauses: list[float] = []
    registry = Registry(faulty.host, lambda _: None, pauses.append)
    faulty.faults.append(
        once(on("HEAD", "blobs", lambda exchange: exchange.reply(429, Retry_After="7")))
    )
    assert not blobs.exists(Repository(registry, RepositoryName("app")), BLOB.digest)
    assert pauses == [7.0]
    registry.close()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_request_is_tried_again_with_longer_and_longer_pauses(
    status: int, faulty: Faulty
) -> None:
    pauses: list[float] = []
    patience = Patience(attempts=5, first=1.0, longest=3.0)
    registry = Registry(faulty.host, lambda _: None, pauses.append, patience=patience)
    faulty.faults.append(on("HEAD", "blobs", lambda exchange: exchange.reply(status)))
    with pytest.raises((TooManyRequests, UnexpectedReply)):
        blobs.exists(Repository(registry, RepositoryName("app")), BLOB.digest)
    assert len(pauses) == 4
    for pause, most in zip(pauses, (1.0, 2.0, 3.0, 3.0), strict=True):
        assert most / 2 <= pause <= most
    registry.close()


def test_nobody_waits_for_as_long_as_a_registry_likes() -> None:
    assert Patience(longest_asked=300.0).pause(1, 86400.0) == 300.0


def test_a_cut_before_the_reply_is_tried_again(faulty: Faulty, repository: Repository) -> None:
    def cut(_: Exchange) -> None:
        raise Cut

    faulty.faults.append(once(on("HEAD", "blobs", cut)))
    assert not blobs.exists(repository, BLOB.digest)
    assert len(faulty.asked("HEAD", "blobs")) == 2


def test_nobody_listens(session: Session) -> None:
    host = f"127.0.0.1:{free_port()}"
    with pytest.raises(Unreachable, match=f"{host}: .*refused"):
        blobs.exists(repository_of(session, host), BLOB.digest)


def test_an_upload_waits_out_a_gateway_without_an_answer(
    faulty: Faulty, repository: Repository
) -> None:
    def late(exchange: Exchange) -> None:
        for _ in exchange.read():
            pass
        exchange.reply(503)

    faulty.faults.append(once(on("PUT", "uploads", late)))
    assert uploads.push(repository, content_of(CONTENT))
    assert faulty.blobs[BLOB.digest] == CONTENT


def token_of(faulty: Faulty) -> None:
    """Make a registry ask for the one token there is, which anybody gets."""

    def challenge(exchange: Exchange) -> None:
        if exchange.route == "/token":
            exchange.reply(200, b'{"token": "secret"}')
        elif exchange.headers.get("Authorization") != "Bearer secret":
            realm = f'Bearer realm="http://{faulty.host}/token",service="test"'
            exchange.reply(401, WWW_Authenticate=realm)

    faulty.faults.append(challenge)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_another_host_does_not_see_who_asks(
    status: int, faulty: Faulty, other: Faulty, session: Session
) -> None:
    token_of(faulty)
    other.add_blob(CONTENT)

    def redirect(exchange: Exchange) -> None:
        exchange.reply(status, Location=f"http://{other.host}{exchange.route}")

    faulty.faults.append(on("GET", "blobs", redirect))
    assert read(repository_of(session, faulty.host)) == CONTENT
    [seen] = other.seen
    assert seen.authorization is None
    assert faulty.asked("GET", "blobs")[-1].authorization == "Bearer secret"


def test_an_upload_at_another_host_does_not_see_who_asks(
    faulty: Faulty, other: Faulty, session: Session
) -> None:
    token_of(faulty)
    other.uploads["7"] = bytearray()
    place = f"http://{other.host}/v2/app/blobs/uploads/7"
    faulty.faults.append(
        on("POST", "uploads", lambda exchange: exchange.reply(202, Location=place))
    )
    assert uploads.push(repository_of(session, faulty.host), content_of(CONTENT))
    assert other.blobs[BLOB.digest] == CONTENT
    assert [seen.authorization for seen in other.seen] == [None]


def test_a_refusal_without_a_body_is_told_by_its_status(
    faulty: Faulty, repository: Repository
) -> None:
    for status, refusal in [(401, Unauthorized), (403, Denied)]:
        faulty.faults = [once(on("HEAD", "", lambda exchange, s=status: exchange.reply(s)))]  # type: ignore[misc]
        with pytest.raises(refusal):
            manifests.find(repository, Tag("1.0"))


def test_a_page_of_a_proxy_is_told_as_text(faulty: Faulty, repository: Repository) -> None:
    page = b"<html><h1>Go   away</h1></html>"
    faulty.faults.append(on("GET", "manifests", lambda exchange: exchange.reply(418, page)))
    with pytest.raises(UnexpectedReply, match="418 Go away"):
        manifests.get(repository, Tag("1.0"))


def test_a_failure_ends_what_goes_on_beside_it(session: Session) -> None:
    started = threading.Event()

    def work(item: int) -> None:
        if item == 0:
            started.wait()
            raise SizeInvalid("the first")
        started.set()
        session.pool.pause(3600.0)

    with pytest.raises(SizeInvalid, match="the first"):
        session.pool.each(work, range(4))
