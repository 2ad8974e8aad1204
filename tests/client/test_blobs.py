"""Downloads that are cut, or not what they should be: what is mended, and what is refused."""

from __future__ import annotations

import re

import pytest

from longshore.client import blobs, manifests, uploads
from longshore.client.blobs import Verified
from longshore.client.errors import UnexpectedReply, Unreachable
from longshore.client.session import Session
from longshore.client.transport import Repository
from longshore.oci.digest import Digest
from longshore.oci.errors import (
    DigestInvalid,
    SizeInvalid,
)
from tests.client.faulty import Faulty, cut_reply, on, once
from tests.client.material import BLOB, CONTENT, HALF, repository_of


@pytest.fixture
def repository(session: Session, faulty: Faulty) -> Repository:
    return repository_of(session, faulty.host)


def read(repository: Repository) -> bytes:
    return b"".join(blobs.read(repository, BLOB))


def test_a_download_goes_on_where_it_was_cut(faulty: Faulty, repository: Repository) -> None:
    faulty.add_blob(CONTENT)
    faulty.faults.append(once(on("GET", "blobs", cut_reply(HALF))))
    assert read(repository) == CONTENT
    first, second = faulty.asked("GET", "blobs")
    assert first.headers.get("Range") is None
    place = re.fullmatch(r"bytes=(\d+)-", second.headers["Range"])
    assert place is not None
    assert 0 < int(place[1]) <= HALF


def test_a_registry_without_ranges_is_read_from_the_beginning(
    faulty: Faulty, repository: Repository
) -> None:
    faulty.add_blob(CONTENT)
    faulty.faults.append(once(on("GET", "blobs", cut_reply(HALF))))
    faulty.faults.append(on("GET", "blobs", lambda exchange: exchange.reply(200, CONTENT)))
    assert read(repository) == CONTENT


def test_a_range_that_was_not_asked_for_is_refused(faulty: Faulty, repository: Repository) -> None:
    faulty.add_blob(CONTENT)
    faulty.faults.append(once(on("GET", "blobs", cut_reply(HALF))))
    wrong = f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"
    faulty.faults.append(
        on("GET", "blobs", lambda exchange: exchange.reply(206, b"x", Content_Range=wrong))
    )
    with pytest.raises(UnexpectedReply, match="not the range"):
        read(repository)


def test_cuts_without_progress_end_in_an_error(faulty: Faulty, repository: Repository) -> None:
    faulty.add_blob(CONTENT)
    faulty.faults.append(on("GET", "blobs", cut_reply(0)))
    with pytest.raises(Unreachable, match=re.escape(faulty.host)):
        read(repository)
    assert len(faulty.asked("GET", "blobs")) == 3


@pytest.mark.parametrize("wrong", [CONTENT[:-1], CONTENT + b"x"], ids=["truncated", "too long"])
def test_a_blob_of_another_size_is_refused(
    wrong: bytes, faulty: Faulty, repository: Repository
) -> None:
    faulty.blobs[BLOB.digest] = wrong
    with pytest.raises((SizeInvalid, UnexpectedReply)):
        read(repository)


def test_wrong_bytes_do_not_reach_the_target(
    faulty: Faulty, other: Faulty, session: Session
) -> None:
    faulty.blobs[BLOB.digest] = CONTENT[:-1] + b"x"
    source = repository_of(session, faulty.host)
    content = Verified(BLOB, lambda start: blobs.read(source, BLOB, start), lambda _: None)
    with pytest.raises(DigestInvalid):
        uploads.push(repository_of(session, other.host), content)
    assert other.blobs == {}
    [upload] = other.uploads.values()
    assert len(upload) < len(CONTENT)


def test_a_manifest_with_other_bytes_than_its_digest_is_refused(
    faulty: Faulty, repository: Repository
) -> None:
    wanted = Digest.of(b"{}")
    faulty.manifests["app", wanted] = ("application/x", b"[]")
    with pytest.raises(DigestInvalid):
        manifests.get(repository, wanted)
