"""Uploads that are cut, forgotten or too large for somebody: how each goes on."""

from __future__ import annotations

import pytest

from longshore.client import uploads
from longshore.client.errors import UnexpectedReply, Unreachable
from longshore.client.session import Session
from longshore.client.transport import Repository
from longshore.oci.errors import (
    BlobUploadInvalid,
)
from longshore.oci.names import RepositoryName
from tests.client.faulty import Cut, Exchange, Fault, Faulty, cut_request, on, once
from tests.client.material import BLOB, CONTENT, HALF, content_of, repository_of


@pytest.fixture
def repository(session: Session, faulty: Faulty) -> Repository:
    return repository_of(session, faulty.host)


def test_an_upload_goes_on_where_it_was_cut(faulty: Faulty, repository: Repository) -> None:
    faulty.faults.append(once(on("PUT", "uploads", cut_request(HALF))))
    assert uploads.push(repository, content_of(CONTENT))
    assert faulty.blobs[BLOB.digest] == CONTENT
    [patch] = faulty.asked("PATCH", "uploads")
    assert patch.headers["Content-Range"] == f"{HALF}-{len(CONTENT) - 1}"
    assert len(faulty.asked("POST", "uploads")) == 1


def test_an_upload_that_is_forgotten_begins_anew(faulty: Faulty, repository: Repository) -> None:
    def forget(exchange: Exchange) -> None:
        for _ in exchange.read(HALF):
            pass
        faulty.uploads.clear()
        raise Cut

    faulty.faults.append(once(on("PUT", "uploads", forget)))
    assert uploads.push(repository, content_of(CONTENT))
    assert faulty.blobs[BLOB.digest] == CONTENT
    assert len(faulty.asked("POST", "uploads")) == 2


def test_an_upload_whose_last_reply_was_lost_is_done(
    faulty: Faulty, repository: Repository
) -> None:
    def lose(exchange: Exchange) -> None:
        faulty.add_blob(b"".join(exchange.read()))
        faulty.uploads.clear()
        raise Cut

    faulty.faults.append(once(on("PUT", "uploads", lose)))
    assert uploads.push(repository, content_of(CONTENT))
    assert len(faulty.asked("PUT", "uploads")) == 1


def test_cuts_of_an_upload_without_progress_end_in_an_error(
    faulty: Faulty, repository: Repository
) -> None:
    faulty.faults.append(on("PUT", "uploads", cut_request(HALF, keep=False)))
    with pytest.raises(Unreachable):
        uploads.push(repository, content_of(CONTENT))
    assert len(faulty.asked("PUT", "uploads")) == 3


def limited(limit: int) -> Fault:
    """A proxy that takes bodies of that size at most."""

    def refuse(exchange: Exchange) -> None:
        if int(exchange.headers.get("Content-Length") or 0) > limit:
            for _ in exchange.read():
                pass
            exchange.reply(413, b"<html>too large</html>", Content_Type="text/html")

    return refuse


def test_a_proxy_that_refuses_large_bodies_gets_chunks(
    faulty: Faulty, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "CHUNK", 500_000)
    faulty.faults.append(limited(600_000))
    assert uploads.push(repository, content_of(CONTENT))
    assert faulty.blobs[BLOB.digest] == CONTENT
    sizes = [int(seen.headers["Content-Length"]) for seen in faulty.asked("PATCH")]
    assert sizes == [500_000] * 4 + [len(CONTENT) - 2_000_000]


def test_chunks_get_smaller_until_they_fit(
    faulty: Faulty, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "CHUNK", 1_500_000)
    faulty.faults.append(limited(400_000))
    assert uploads.push(repository, content_of(CONTENT))
    assert faulty.blobs[BLOB.digest] == CONTENT


def test_chunks_are_no_smaller_than_the_registry_wants(
    faulty: Faulty, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "CHUNK", 500_000)

    def begin(exchange: Exchange) -> None:
        faulty.uploads["9"] = bytearray()
        location = "/v2/app/blobs/uploads/9"
        exchange.reply(202, Location=location, OCI_Chunk_Min_Length="700000")

    faulty.faults += [on("POST", "uploads", begin), limited(800_000)]
    assert uploads.push(repository, content_of(CONTENT))
    assert faulty.blobs[BLOB.digest] == CONTENT
    sizes = [int(seen.headers["Content-Length"]) for seen in faulty.asked("PATCH")]
    assert sizes == [700_000, 700_000, len(CONTENT) - 1_400_000]


def test_no_chunk_is_small_enough_for_a_proxy_that_takes_nothing(
    faulty: Faulty, repository: Repository
) -> None:
    faulty.faults.append(limited(1000))
    with pytest.raises(UnexpectedReply, match="413 too large"):
        uploads.push(repository, content_of(CONTENT))


def test_a_registry_that_has_more_than_was_sent_is_not_believed(
    faulty: Faulty, repository: Repository
) -> None:
    faulty.faults.append(once(on("PUT", "uploads", cut_request(HALF))))
    faulty.faults.append(
        on("GET", "uploads", lambda exchange: exchange.reply(204, Range="0-99999999"))
    )
    with pytest.raises(BlobUploadInvalid):
        uploads.push(repository, content_of(CONTENT))


def test_who_may_not_mount_pushes(faulty: Faulty, repository: Repository) -> None:
    def refuse(exchange: Exchange) -> None:
        if "mount" in exchange.query:
            exchange.refuse(403, "DENIED")

    faulty.faults.append(on("POST", "uploads", refuse))
    assert uploads.push(repository, content_of(CONTENT), RepositoryName("secret"))
    assert faulty.blobs[BLOB.digest] == CONTENT
