"""Uploads that somebody did not live to finish: who goes on with them, and who begins anew."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest

from longshore.client import uploads
from longshore.client.errors import Unreachable
from longshore.client.session import Session
from longshore.client.transport import Repository
from longshore.client.unfinished import LEAST, LONGEST, Unfinished
from longshore.oci.errors import DigestInvalid
from tests.client.faulty import Faulty, cut_request, on
from tests.client.material import BLOB, CONTENT, HALF, content_of, repository_of


@pytest.fixture
def unfinished(tmp_path: Path) -> Unfinished:
    return Unfinished.of({"HOME": str(tmp_path)})


@pytest.fixture
def repository(session: Session, faulty: Faulty) -> Repository:
    return repository_of(session, faulty.host)


def written(tmp_path: Path) -> list[Path]:
    return list(tmp_path.glob(".local/state/longshore/uploads/*"))


def fail(unfinished: Unfinished, *locations: str) -> None:
    """Be cut after the registry has named these, one after the other."""
    with contextlib.suppress(Unreachable), unfinished.claim("a blob", LEAST) as claim:
        for location in locations:
            claim.write(location)
        raise Unreachable


@pytest.fixture
def cut(repository: Repository, unfinished: Unfinished, faulty: Faulty) -> None:
    """Half of the blob is there, and whoever sent it has given up."""
    faulty.faults = [on("PUT", "uploads", cut_request(HALF)), on("GET", "uploads", cut_request(0))]
    with pytest.raises(Unreachable):
        uploads.push(repository, content_of(CONTENT), unfinished=unfinished)
    faulty.faults = []
    faulty.seen.clear()


@pytest.mark.usefixtures("cut")
def test_an_upload_is_taken_up(
    repository: Repository, unfinished: Unfinished, faulty: Faulty, tmp_path: Path
) -> None:
    assert uploads.push(repository, content_of(CONTENT), unfinished=unfinished)
    assert faulty.blobs[BLOB.digest] == CONTENT
    [patch] = faulty.asked("PATCH", "uploads")
    assert patch.headers["Content-Range"] == f"{HALF}-{len(CONTENT) - 1}"
    assert faulty.asked("POST", "uploads") == []
    assert written(tmp_path) == []


@pytest.mark.usefixtures("cut")
def test_what_the_registry_has_forgotten_begins_anew(
    repository: Repository, unfinished: Unfinished, faulty: Faulty, tmp_path: Path
) -> None:
    faulty.uploads.clear()
    assert uploads.push(repository, content_of(CONTENT), unfinished=unfinished)
    assert faulty.blobs[BLOB.digest] == CONTENT
    assert len(faulty.asked("POST", "uploads")) == 1
    assert written(tmp_path) == []


@pytest.mark.usefixtures("cut")
def test_what_somebody_else_spoilt_is_refused_once(
    repository: Repository, unfinished: Unfinished, faulty: Faulty
) -> None:
    """Who goes on sees the second half only: the registry looks at all of it."""
    [upload] = faulty.uploads.values()
    upload[:10] = b"spoilt too"
    with pytest.raises(DigestInvalid):
        uploads.push(repository, content_of(CONTENT), unfinished=unfinished)
    faulty.uploads.clear()  # as registries do after a wrong digest
    assert uploads.push(repository, content_of(CONTENT), unfinished=unfinished)
    assert faulty.blobs[BLOB.digest] == CONTENT


@pytest.mark.usefixtures("cut")
def test_another_blob_or_place_has_nothing_to_do_with_it(
    session: Session, unfinished: Unfinished, faulty: Faulty
) -> None:
    other = repository_of(session, faulty.host, "other")
    assert uploads.push(other, content_of(CONTENT), unfinished=unfinished)
    assert faulty.asked("PATCH", "uploads") == []


def test_only_one_at_a_time_goes_on(unfinished: Unfinished) -> None:
    with unfinished.claim("a blob", LEAST) as first:
        first.write("/v2/app/blobs/uploads/1")
        with unfinished.claim("a blob", LEAST) as second:
            assert second.location == ""
            second.write("/v2/app/blobs/uploads/2")
    with unfinished.claim("a blob", LEAST) as third:
        assert third.location == ""


def test_a_failure_leaves_it_to_the_next(unfinished: Unfinished, tmp_path: Path) -> None:
    fail(unfinished, "/v2/app/blobs/uploads/1", "/v2/app/blobs/uploads/1?state=2")
    [file] = written(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    with unfinished.claim("a blob", LEAST) as second:
        assert second.location == "/v2/app/blobs/uploads/1?state=2"


def test_what_is_old_is_swept(unfinished: Unfinished, tmp_path: Path) -> None:
    fail(unfinished)
    [file] = written(tmp_path)
    long_ago = time.time() - LONGEST - 1
    os.utime(file, (long_ago, long_ago))
    with unfinished.claim("another", LEAST):
        assert file not in written(tmp_path)


def test_little_is_not_worth_it(unfinished: Unfinished, tmp_path: Path) -> None:
    with unfinished.claim("a blob", LEAST - 1) as claim:
        claim.write("/v2/app/blobs/uploads/1")
        assert written(tmp_path) == []


@pytest.mark.parametrize("environ", [{}, {"HOME": "/nonexistent"}, {"HOME": "/proc"}])
def test_who_has_no_place_to_write_begins_each_time(environ: dict[str, str]) -> None:
    unfinished = Unfinished.of(environ)
    for _ in range(2):
        with unfinished.claim("a blob", LEAST) as claim:
            assert claim.location == ""
            claim.write("/v2/app/blobs/uploads/1")
