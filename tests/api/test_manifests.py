"""Manifests over HTTP (end-3, end-7, end-9): the bytes that were pushed, under their type."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from longshore.oci import media_types
from longshore.oci.digest import Digest
from tests.api.pushing import Repository
from tests.api.wire import Reply
from tests.content import FOREIGN, descriptor, image, index

UNKNOWN = Digest.of(b"never pushed")
SCHEMA_1 = sorted(media_types.SCHEMA_1)


def put(
    repository: Repository, reference: str, body: Mapping[str, Any] | bytes, media_type: str | None
) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if media_type is None else {"Content-Type": media_type}
    return repository.wire.ask("PUT", repository.path(f"manifests/{reference}"), content, headers)


def body_of(repository: Repository, media_type: str) -> dict[str, Any]:
    """Return a manifest of this type whose content the repository holds."""
    blob = descriptor(repository.push_blob(b"{}"))
    if media_type in media_types.INDEXES:
        return {"schemaVersion": 2, "mediaType": media_type, "manifests": []}
    return {"schemaVersion": 2, "mediaType": media_type, "config": blob, "layers": [blob]}


@pytest.mark.parametrize("accept", [None, "*/*", "text/html", media_types.DOCKER_IMAGE])
@pytest.mark.parametrize(
    "media_type", [*sorted(media_types.IMAGES | media_types.INDEXES), "application/x.custom+json"]
)
def test_what_was_pushed_is_served_whatever_is_accepted(
    media_type: str, accept: str | None, repository: Repository
) -> None:
    body = {"later": [1, {"of": "no known kind"}], **body_of(repository, media_type)}
    content = b"\n " + json.dumps(body, indent=3).encode() + b"\n"
    digest = Digest.of(content)
    reply = put(repository, "v1", content, media_type)
    assert (reply.status, reply.content) == (201, b"")
    assert reply.header("Location") == repository.path("manifests/v1")
    assert reply.header("Docker-Content-Digest") == digest
    headers = {"Accept": accept} if accept else {}
    for reference in ("v1", digest):
        pulled = repository.wire.ask(
            "GET", repository.path(f"manifests/{reference}"), None, headers
        )
        assert (pulled.status, pulled.content) == (200, content)
        assert pulled.header("Content-Type") == media_type
        assert pulled.header("Docker-Content-Digest") == digest
        assert pulled.header("ETag") == f'"{digest}"'
        assert pulled.get("Content-Encoding") is None


def test_parameters_of_the_type_are_not_kept(repository: Repository) -> None:
    body = body_of(repository, media_types.OCI_IMAGE)
    reply = put(repository, "v1", body, f"{media_types.OCI_IMAGE}; charset=utf-8")
    assert reply.status == 201
    assert repository.ask("GET", "manifests/v1").header("Content-Type") == media_types.OCI_IMAGE


def test_a_manifest_need_not_name_its_type(repository: Repository) -> None:
    body = body_of(repository, media_types.OCI_IMAGE)
    del body["mediaType"]
    assert put(repository, "v1", body, media_types.OCI_IMAGE).status == 201
    assert repository.ask("GET", "manifests/v1").header("Content-Type") == media_types.OCI_IMAGE


@pytest.mark.parametrize(
    "media_type",
    [None, "", "json", "a/b/c", "application/", media_types.OCI_INDEX, media_types.DOCKER_IMAGE],
)
def test_the_type_of_the_request_and_of_the_manifest_agree(
    media_type: str | None, repository: Repository
) -> None:
    reply = put(repository, "v1", body_of(repository, media_types.OCI_IMAGE), media_type)
    assert (reply.status, reply.codes) == (400, ["MANIFEST_INVALID"])
    assert repository.ask("GET", "manifests/v1").status == 404


@pytest.mark.parametrize("media_type", SCHEMA_1)
def test_schema_1_is_refused_by_its_type(media_type: str, repository: Repository) -> None:
    reply = put(repository, "v1", {"schemaVersion": 1, "name": "a", "tag": "v1"}, media_type)
    assert (reply.status, reply.codes) == (405, ["UNSUPPORTED"])


def test_schema_1_is_refused_by_its_content(repository: Repository) -> None:
    reply = put(repository, "v1", {"schemaVersion": 1, "fsLayers": []}, "application/json")
    assert (reply.status, reply.codes) == (405, ["UNSUPPORTED"])


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_push_by_digest_holds_the_bytes_to_it(algorithm: str, repository: Repository) -> None:
    body = body_of(repository, media_types.OCI_INDEX)
    digest = Digest.of(json.dumps(body).encode(), algorithm)
    reply = put(repository, digest, body, media_types.OCI_INDEX)
    assert (reply.status, reply.header("Docker-Content-Digest")) == (201, digest)
    assert reply.header("Location") == repository.path(f"manifests/{digest}")
    assert repository.ask("GET", f"manifests/{digest}").header("Docker-Content-Digest") == digest
    other = put(repository, Digest.of(b"else", algorithm), body, media_types.OCI_INDEX)
    assert (other.status, other.codes) == (400, ["DIGEST_INVALID"])
    assert repository.ask("GET", f"manifests/{Digest.of(b'else', algorithm)}").status == 404


def test_all_that_is_missing_is_named(repository: Repository) -> None:
    held = repository.push_blob(b"{}")
    absent = sorted(Digest.of(b"%d" % number) for number in range(3))
    reply = repository.put(image(held, *absent), "v1")
    assert (reply.status, reply.codes) == (400, ["MANIFEST_BLOB_UNKNOWN"] * 3)
    assert [error["detail"]["digest"] for error in reply.json()["errors"]] == absent
    assert repository.put(image(absent[0], held), "v1").codes == ["MANIFEST_BLOB_UNKNOWN"]
    assert repository.put(index(absent[0]), "v1").codes == ["MANIFEST_BLOB_UNKNOWN"]
    assert repository.ask("GET", "manifests/v1").status == 404


def test_what_another_repository_holds_is_missing(repository: Repository) -> None:
    other = Repository(repository.wire, f"{repository.name}/other")
    pushed = other.push_image("v1")
    assert repository.put(pushed, "v1").codes == ["MANIFEST_BLOB_UNKNOWN"] * 2


def test_layers_that_live_elsewhere_need_not_be_here(repository: Repository) -> None:
    body = body_of(repository, media_types.OCI_IMAGE)
    body["layers"] += [
        descriptor(UNKNOWN, FOREIGN),
        descriptor(UNKNOWN) | {"urls": ["https://registry.test/blob"]},
    ]
    assert put(repository, "v1", body, media_types.OCI_IMAGE).status == 201


@pytest.mark.parametrize("reference", ["v1", "its digest"])
def test_a_subject_need_not_be_here_and_is_told(reference: str, repository: Repository) -> None:
    for pushed in (image(repository.push_blob(b"{}"), subject=UNKNOWN), index(subject=UNKNOWN)):
        reply = repository.put(pushed, pushed.digest if " " in reference else reference)
        assert (reply.status, reply.header("OCI-Subject")) == (201, UNKNOWN)


def test_a_manifest_may_be_four_mebibytes_and_no_more(repository: Repository) -> None:
    limit = 4 << 20
    bare = json.dumps(body_of(repository, media_types.OCI_INDEX)).encode()
    fits = bare + b" " * (limit - len(bare))
    assert put(repository, "fits", fits, media_types.OCI_INDEX).status == 201
    assert repository.ask("GET", "manifests/fits").content == fits
    for body in (fits + b" ", [fits, b" "]):
        headers = {"Content-Type": media_types.OCI_INDEX}
        target = repository.path("manifests/large")
        reply = repository.wire.ask("PUT", target, body, headers)
        assert (reply.status, reply.codes) == (413, ["MANIFEST_INVALID"])
    assert repository.ask("GET", "manifests/large").status == 404


def test_a_tag_moves_and_the_former_manifest_stays(repository: Repository) -> None:
    first, second = (repository.push_image("v1", annotations={"n": n}) for n in "12")
    assert repository.ask("GET", "manifests/v1").header("Docker-Content-Digest") == second.digest
    assert repository.ask("GET", f"manifests/{first.digest}").status == 200


def test_a_push_may_be_repeated(repository: Repository) -> None:
    pushed = repository.push_image("v1")
    assert repository.put(pushed, "v1").status == 201
    assert repository.put(pushed, pushed.digest).status == 201


def test_of_pushes_at_one_time_one_wins(repository: Repository) -> None:
    config = repository.push_blob(b"{}")
    images = [image(config, annotations={"n": str(number)}) for number in range(24)]
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda one: repository.put(one, "v1"), images))
    assert {reply.status for reply in replies} == {201}
    assert repository.ask("HEAD", "manifests/v1").header("Docker-Content-Digest") in {
        one.digest for one in images
    }
    for one in images:
        assert repository.ask("GET", f"manifests/{one.digest}").content == one.manifest.content


def test_deleting_a_tag_removes_only_that_name(repository: Repository) -> None:
    pushed = repository.push_image("v1", "v2")
    reply = repository.ask("DELETE", "manifests/v1")
    assert (reply.status, reply.content) == (202, b"")
    assert repository.ask("GET", "manifests/v1").codes == ["MANIFEST_UNKNOWN"]
    assert repository.ask("GET", "manifests/v2").status == 200
    assert repository.ask("GET", f"manifests/{pushed.digest}").status == 200


def test_deleting_a_manifest_removes_its_tags(repository: Repository) -> None:
    pushed = repository.push_image("v1", "v2")
    assert repository.ask("DELETE", f"manifests/{pushed.digest}").status == 202
    for reference in ("v1", "v2", pushed.digest):
        for method in ("GET", "HEAD", "DELETE"):
            assert repository.ask(method, f"manifests/{reference}").status == 404


def test_what_an_index_lists_can_not_be_deleted_before_it(repository: Repository) -> None:
    child = repository.push_image()
    parent = repository.push(index(child.digest), "all")
    reply = repository.ask("DELETE", f"manifests/{child.digest}")
    assert (reply.status, reply.codes) == (405, ["DENIED"])
    assert parent in reply.json()["errors"][0]["message"]
    assert repository.ask("DELETE", f"manifests/{parent}").status == 202
    assert repository.ask("DELETE", f"manifests/{child.digest}").status == 202


@pytest.mark.parametrize("reference", ["absent", UNKNOWN])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_is_not_there_is_unknown(method: str, reference: str, repository: Repository) -> None:
    for _ in range(2):  # in a repository that is not there, and in one that is
        reply = repository.ask(method, f"manifests/{reference}")
        assert (reply.status, reply.codes) == (404, ["MANIFEST_UNKNOWN"])
        repository.push_image("v1")


def test_a_type_that_a_browser_runs_is_defused(repository: Repository) -> None:
    repository.push(index(), "safe")
    assert put(repository, "v1", b'{"x": "<script>1</script>"}', "text/html").status == 201
    reply = repository.ask("GET", "manifests/v1")
    assert reply.header("Content-Type") == "text/html"
    assert "sandbox" in reply.header("Content-Security-Policy")
    assert reply.header("X-Content-Type-Options") == "nosniff"
