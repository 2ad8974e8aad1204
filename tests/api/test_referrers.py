"""Referrers (end-12): what names a manifest as its subject, also under a fallback tag."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from longshore.oci.digest import Digest
from longshore.oci.media_types import OCI_IMAGE, OCI_INDEX
from longshore.registry.referrers import PAGE_BYTES
from tests.api.pushing import Repository
from tests.api.test_listings import follow
from tests.api.wire import Reply
from tests.content import Pushed, image, index

SUBJECT = Digest.of(b"a subject")
SIGNATURE = "application/x.signature"
BOM = "application/x.bom+json"


def referrers(repository: Repository, subject: str = SUBJECT, query: str = "") -> list[Any]:
    return listed(repository.ask("GET", f"referrers/{subject}{query}"))


def listed(reply: Reply) -> list[Any]:
    """Return the descriptors of a reply, which must be an index."""
    assert (reply.status, reply.header("Content-Type")) == (200, OCI_INDEX)
    body = reply.json()
    found = body.pop("manifests")
    assert body == {"schemaVersion": 2, "mediaType": OCI_INDEX}
    assert isinstance(found, list)
    return found


def of(pushed: Pushed, **details: Any) -> dict[str, Any]:
    size = len(pushed.manifest.content)
    plain = {"mediaType": pushed.manifest.media_type, "digest": pushed.digest, "size": size}
    return plain | details


@pytest.mark.parametrize("subject", [SUBJECT, Digest.of(b"a subject", "sha512")])
def test_what_nothing_refers_to_has_none(subject: str, repository: Repository) -> None:
    assert referrers(repository, subject) == []  # in a repository that is not there
    repository.push_image("v1")
    assert referrers(repository, subject) == []


@pytest.mark.parametrize(
    "subject", ["latest", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e"]
)
def test_what_is_no_digest_is_refused(subject: str, repository: Repository) -> None:
    reply = repository.ask("GET", f"referrers/{subject}")
    assert (reply.status, reply.codes) == (400, ["DIGEST_INVALID"])


def test_each_kind_of_referrer_is_described(repository: Repository) -> None:
    config = repository.push_blob(b"{}")
    notes = {"org.example.note": 'with "quotes", \u00fc and \U0001f6a2'}
    plain = image(config, subject=SUBJECT)
    artifact = image(config, subject=SUBJECT, artifact_type=SIGNATURE, annotations=notes)
    typed_index = index(subject=SUBJECT, artifact_type=BOM)
    plain_index = index(subject=SUBJECT, annotations=notes)
    for pushed in (plain, artifact, typed_index, plain_index):
        repository.push(pushed)
    repository.push(image(config, subject=Digest.of(b"another subject")))
    expected = [
        of(plain, artifactType="application/x.config"),  # the type of its config
        of(artifact, artifactType=SIGNATURE, annotations=notes),
        of(typed_index, artifactType=BOM),
        of(plain_index, annotations=notes),
    ]
    assert referrers(repository) == sorted(expected, key=lambda one: str(one["digest"]))


@pytest.mark.parametrize("kind", [SIGNATURE, BOM, "application/x.absent"])
def test_a_filter_is_applied_and_told(kind: str, repository: Repository) -> None:
    config = repository.push_blob(b"{}")
    pushed = [image(config, subject=SUBJECT, artifact_type=one) for one in (SIGNATURE, BOM)]
    for one in pushed:
        repository.push(one)
    reply = repository.ask("GET", f"referrers/{SUBJECT}?artifactType={quote(kind, safe='')}")
    assert reply.header("OCI-Filters-Applied") == "artifactType"
    assert [one["artifactType"] for one in listed(reply)] == [kind] * (kind in {SIGNATURE, BOM})


@pytest.mark.parametrize("query", ["", "?artifactType="])
def test_no_filter_is_told_where_none_is_applied(query: str, repository: Repository) -> None:
    repository.push(index(subject=SUBJECT))
    reply = repository.ask("GET", f"referrers/{SUBJECT}{query}")
    assert reply.get("OCI-Filters-Applied") is None
    assert len(listed(reply)) == 1


def test_a_referrer_may_come_before_its_subject_and_stay_after_it(repository: Repository) -> None:
    config = repository.push_blob(b"{}")
    subject = image(config, annotations={"n": "subject"})
    signature = image(config, subject=subject.digest, artifact_type=SIGNATURE)
    expected = [of(signature, artifactType=SIGNATURE)]
    repository.push(signature)
    assert referrers(repository, subject.digest) == expected
    repository.push(subject, "v1")
    assert referrers(repository, subject.digest) == expected
    assert repository.ask("DELETE", f"manifests/{subject.digest}").status == 202
    assert referrers(repository, subject.digest) == expected


def test_a_deleted_referrer_is_listed_no_more(repository: Repository) -> None:
    digest = repository.push(index(subject=SUBJECT))
    assert repository.ask("DELETE", f"manifests/{digest}").status == 202
    assert referrers(repository) == []


def test_referrers_are_those_of_one_repository(repository: Repository) -> None:
    repository.push(index(subject=SUBJECT))
    assert referrers(Repository(repository.wire, f"{repository.name}/other")) == []


def test_what_a_fallback_tag_lists_is_listed(repository: Repository) -> None:
    """As clients of a registry without this endpoint left it: an index under the subject's name."""
    config = repository.push_blob(b"{}")
    pushed = [image(config, subject=SUBJECT, artifact_type=one) for one in (SIGNATURE, BOM)]
    digests = [repository.push(one) for one in pushed]
    repository.push(index(*digests), f"sha256-{SUBJECT.hex}")
    assert [one["digest"] for one in referrers(repository)] == sorted(digests)
    assert repository.ask("GET", f"manifests/sha256-{SUBJECT.hex}").status == 200


def test_pages_stay_below_what_clients_read(repository: Repository) -> None:
    """Many referrers with long annotations come in several replies, none of them too large."""
    note = {"note": "x" * 250_000}
    config = repository.push_blob(b"{}")
    digests = [
        repository.push(
            image(config, subject=SUBJECT, artifact_type=kind, annotations=note | {"n": str(n)})
        )
        for n in range(6)
        for kind in (SIGNATURE, BOM)
    ]
    pages = list(follow(repository.wire, repository.path(f"referrers/{SUBJECT}")))
    assert len(pages) > 1
    assert max(len(page.content) for page in pages) <= PAGE_BYTES
    assert [one["digest"] for page in pages for one in listed(page)] == sorted(digests)
    query = urlencode({"artifactType": BOM})
    filtered = list(follow(repository.wire, repository.path(f"referrers/{SUBJECT}?{query}")))
    assert len(filtered) > 1
    assert {page.get("OCI-Filters-Applied") for page in filtered} == {"artifactType"}
    found = [one for page in filtered for one in listed(page)]
    assert {one["artifactType"] for one in found} == {BOM}
    assert len(found) == 6


def test_one_referrer_too_large_for_a_page_has_a_page_of_its_own(repository: Repository) -> None:
    for n in range(2):
        repository.push(index(subject=SUBJECT, annotations={"note": f"{n}" * 3_500_000}))
    pages = list(follow(repository.wire, repository.path(f"referrers/{SUBJECT}")))
    assert [len(listed(page)) for page in pages] == [1, 1]


def test_the_types_are_those_of_the_manifests(repository: Repository) -> None:
    config = repository.push_blob(b"{}")
    repository.push(image(config, subject=SUBJECT))
    repository.push(index(subject=SUBJECT))
    assert {one["mediaType"] for one in referrers(repository)} == {OCI_IMAGE, OCI_INDEX}
