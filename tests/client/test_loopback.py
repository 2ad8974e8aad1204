"""The transport for this machine: connections kept or not, files sent as they lie, replies cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from longshore.client import blobs, uploads
from longshore.client.blobs import Content
from longshore.client.files import Extent
from longshore.client.loopback import Loopback
from longshore.client.session import Session
from longshore.oci.errors import SizeInvalid
from tests.authority import Authority
from tests.client.everything import copy
from tests.client.faulty import Cut, Exchange, Faulty, on, once
from tests.client.material import BLOB, CONTENT, repository_of
from tests.clients.content import Layout
from tests.serving import HOST, Server, free_port


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(transport=Loopback(), timeout=60, trust_env=False) as client:
        yield client


def peers(faulty: Faulty) -> list[int]:
    """Note the port that each request comes from."""
    ports: list[int] = []
    faulty.faults.append(lambda exchange: ports.append(exchange.client_address[1]))
    return ports


def test_a_connection_is_used_again_when_a_reply_was_read(
    http: httpx.Client, faulty: Faulty
) -> None:
    ports = peers(faulty)
    for _ in range(3):
        assert http.get(f"http://{faulty.host}/v2/").status_code == 200
    with http.stream("GET", f"http://{faulty.host}/v2/"):
        """Nobody reads the body."""
    http.head(f"http://{faulty.host}/v2/app/blobs/{BLOB.digest}")
    assert ports[0] == ports[1] == ports[2] == ports[3]


def test_what_was_not_read_to_its_end_is_not_used_again(http: httpx.Client, faulty: Faulty) -> None:
    digest, ports = faulty.add_blob(CONTENT), peers(faulty)
    with http.stream("GET", f"http://{faulty.host}/v2/app/blobs/{digest}") as reply:
        assert next(reply.iter_raw())
    http.get(f"http://{faulty.host}/v2/")
    assert ports[0] != ports[1]


def test_what_the_server_is_going_to_close_is_not_used_again(
    http: httpx.Client, faulty: Faulty
) -> None:
    faulty.faults.append(once(lambda exchange: exchange.reply(200, Connection="close")))
    faulty.faults.append(lambda exchange: ports.append(exchange.client_address[1]))
    ports: list[int] = []
    for _ in range(3):
        assert http.get(f"http://{faulty.host}/v2/").status_code == 200
    assert ports[0] == ports[1]


def test_what_the_server_closes_without_a_word_is_nothing_to_tell(
    session: Session, faulty: Faulty
) -> None:
    def close(exchange: Exchange) -> None:
        exchange.close_connection = True

    faulty.faults.append(close)
    for _ in range(3):
        assert not blobs.exists(repository_of(session, faulty.host), BLOB.digest)


def test_half_a_reply_is_none(http: httpx.Client, faulty: Faulty) -> None:
    def half(exchange: Exchange) -> None:
        exchange.reply(200, b"half", length=8)
        exchange.wfile.flush()
        raise Cut

    faulty.faults.append(half)
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(f"http://{faulty.host}/v2/")


def test_what_goes_wrong_is_told_as_every_transport_does(
    http: httpx.Client, faulty: Faulty
) -> None:
    def cut(_: Exchange) -> None:
        raise Cut

    faulty.faults.append(cut)
    with pytest.raises(httpx.ReadError):
        http.get(f"http://{faulty.host}/v2/")
    with pytest.raises(httpx.ConnectError, match="refused"):
        http.get(f"http://{HOST}:{free_port()}/v2/")
    faulty.faults = [lambda exchange: exchange.reply(200, length=1)]
    with pytest.raises(httpx.ReadTimeout):
        http.get(f"http://{faulty.host}/v2/", timeout=0.05)


def test_headers_come_as_they_are(http: httpx.Client, faulty: Faulty) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.send_response(401)
        for challenge in ("Bearer realm=x", "Basic realm=y"):
            exchange.send_header("WWW-Authenticate", challenge)
        exchange.send_header("X-Name", "Ünïcode")
        exchange.send_header("Content-Length", "0")
        exchange.end_headers()
        exchange.is_answered = True

    faulty.faults.append(answer)
    reply = http.get(f"http://{faulty.host}/v2/")
    assert reply.headers.get_list("www-authenticate") == ["Bearer realm=x", "Basic realm=y"]
    assert reply.headers["x-name"] == "Ünïcode"


def test_a_refusal_comes_through_before_all_of_a_body_has_gone(
    http: httpx.Client, faulty: Faulty
) -> None:
    def refuse(exchange: Exchange) -> None:
        exchange.reply(413, b"too much")
        exchange.close_connection = True

    faulty.faults.append(on("PUT", "uploads", refuse))
    reply = http.put(f"http://{faulty.host}/v2/app/blobs/uploads/1", content=CONTENT[:65536])
    assert (reply.status_code, reply.text) == (413, "too much")


@pytest.fixture
def extent(tmp_path: Path) -> Extent:
    """Where the content lies: behind something else, and in front of more."""
    (tmp_path / "file").write_bytes(b"before" + CONTENT + b"behind")
    return Extent(tmp_path / "file", len(b"before"))


def test_a_file_goes_from_where_it_lies(session: Session, faulty: Faulty, extent: Extent) -> None:
    told: list[int] = []
    content = Content(BLOB, lambda _: pytest.fail("nobody reads it"), told.append, extent)
    assert uploads.push(repository_of(session, faulty.host), content)
    assert faulty.blobs[BLOB.digest] == CONTENT
    assert told[-1] == BLOB.size


def test_a_file_that_is_too_short_is_told_as_such(
    session: Session, faulty: Faulty, extent: Extent
) -> None:
    extent.path.write_bytes(b"before" + CONTENT[:-1])
    content = Content(BLOB, lambda _: pytest.fail("nobody reads it"), lambda _: None, extent)
    with pytest.raises(SizeInvalid):
        uploads.push(repository_of(session, faulty.host), content)
    assert faulty.blobs == {}


def test_a_registry_of_this_machine_may_have_a_certificate(
    session: Session, layout: Layout, tmp_path: Path
) -> None:
    layout.tag("1.0", layout.image({"message": CONTENT}))
    authority = Authority(tmp_path / "authority")
    pair = authority.issue()
    options = ("--tls-cert", str(pair.certificate), "--tls-key", str(pair.key))
    with Server(tmp_path / "data", options=options, context=authority.context()) as server:
        copied = copy(session, str(layout.path), f"{server.host}/app:1.0")
        back = copy(session, f"{server.host}/app:1.0", f"{tmp_path}/back")
    assert copied.digest == back.digest
    index = json.loads((tmp_path / "back" / "index.json").read_bytes())
    assert index["manifests"][0]["digest"] == copied.digest
