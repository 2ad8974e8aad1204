"""The history of tags over HTTP, and going back in it."""

import json

import pytest

from longshore.oci.digest import Digest
from tests.api.management.conftest import Api, new_name
from tests.content import Pushed, index

FIRST, SECOND = index(), index(annotations={"org.opencontainers.image.revision": "0ff1ce"})


def push(api: Api, name: str, pushed: Pushed, tag: str) -> None:
    head = {"Content-Type": pushed.manifest.media_type, **api.headers["chief"]}
    target = f"/v2/{name}/manifests/{tag}"
    assert api.wire.ask("PUT", target, pushed.manifest.content, head).status == 201


def named(api: Api, name: str, tag: str) -> str | None:
    reply = api.wire.ask("HEAD", f"/v2/{name}/manifests/{tag}", headers=api.headers["chief"])
    return reply.get("Docker-Content-Digest")


@pytest.fixture
def name(api: Api) -> str:
    """A repository below another, whose tag was one image and is another."""
    name = f"team/{new_name('history')}/app"
    push(api, name, FIRST, "1.0")
    push(api, name, SECOND, "1.0")
    return name


def test_a_history_is_read_from_new_to_old(api: Api, name: str) -> None:
    found = api.get(f"/repositories/{name}/history", caller="reader")
    assert found["next"] is None
    second, first = found["moves"]
    assert (first["from"], first["to"], first["cause"]) == (None, FIRST.digest, "push")
    assert (second["from"], second["to"]) == (FIRST.digest, SECOND.digest)
    assert (second["actor"], second["revision"]) == ("chief", "0ff1ce")
    [line] = api.get("/audit", action="push", target=f"{name}@{SECOND.digest}")["entries"]
    assert second["request_id"] == line["request_id"]
    assert "address" not in second


def test_a_history_comes_in_pages_and_by_tag(api: Api, name: str) -> None:
    push(api, name, FIRST, "other")
    path = f"/repositories/{name}/history"
    whole = api.get(path)["moves"]
    assert api.get(path, tag="1.0")["moves"] == whole[1:]
    first = api.get(path, tag="1.0", limit=1)
    assert (first["moves"], first["next"]) == (whole[1:2], whole[1]["id"])
    last = api.get(path, tag="1.0", limit=1, last=first["next"])
    assert (last["moves"], last["next"]) == (whole[2:], None)
    assert api.get(path, tag="never")["moves"] == []


@pytest.mark.parametrize("query", [{"tag": "-x"}, {"limit": "0"}, {"last": "x"}, {"page": "1"}])
def test_what_is_no_question_is_refused(api: Api, name: str, query: dict[str, str]) -> None:
    reply = api.ask("GET", f"/repositories/{name}/history", **query)
    assert (reply.status, reply.codes) == (400, ["INVALID"])


def test_a_tag_is_restored_after_a_look(api: Api, name: str) -> None:
    path = f"/repositories/{name}/restore"
    expected = {
        "repository": name,
        "tag": "1.0",
        "from": SECOND.digest,
        "to": FIRST.digest,
        "revived": [],
        "dry_run": True,
    }
    seen = api.ask("POST", path, {"tag": "1.0", "dry_run": True})
    assert (seen.status, seen.json()) == (200, expected)
    assert named(api, name, "1.0") == SECOND.digest
    done = api.ask("POST", path, {"tag": "1.0"})
    assert (done.status, done.json()) == (200, expected | {"dry_run": False})
    assert named(api, name, "1.0") == FIRST.digest


def test_a_deleted_manifest_is_gone_and_comes_back_with_its_tag(api: Api, name: str) -> None:
    place = f"/v2/{name}/manifests/{SECOND.digest}"
    assert api.wire.ask("DELETE", place, headers=api.headers["chief"]).status == 202
    assert api.wire.ask("GET", place, headers=api.headers["chief"]).status == 404
    done = api.ask("POST", f"/repositories/{name}/restore", {"tag": "1.0"}).json()
    assert done["revived"] == [SECOND.digest]
    assert named(api, name, "1.0") == SECOND.digest


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"tag": "never"}, 404, "UNKNOWN"),
        ({"tag": "1.0", "digest": str(Digest.of(b"never"))}, 410, "GONE"),
        ({"tag": "1.0", "digest": "sha256:short"}, 400, "INVALID"),
        ({"tag": "not a tag"}, 400, "INVALID"),
        ({"digest": str(FIRST.digest)}, 400, "INVALID"),
        ({"tag": "1.0", "force": True}, 400, "INVALID"),
    ],
    ids=json.dumps,
)
def test_what_can_not_be_restored_is_said(
    api: Api, name: str, body: object, status: int, code: str
) -> None:
    reply = api.ask("POST", f"/repositories/{name}/restore", body)
    assert (reply.status, reply.codes) == (status, [code])
    assert named(api, name, "1.0") == SECOND.digest


def test_who_may_pull_reads_and_who_may_push_restores(api: Api, name: str) -> None:
    """Whether a repository exists is told to nobody who may not see it."""
    for repository in (name, f"{name}/none"):
        for caller, expected in (("stranger", 403), ("anonymous", 401), ("impostor", 401)):
            asked = api.ask("GET", f"/repositories/{repository}/history", caller=caller)
            assert asked.status == expected
        body = {"tag": "1.0"}
        asked = api.ask("POST", f"/repositories/{repository}/restore", body, caller="reader")
        assert (asked.status, asked.codes) == (403, ["DENIED"])
    assert api.ask("GET", f"/repositories/{name}/none/history").codes == ["UNKNOWN"]


def test_a_token_for_the_repository_is_enough(api: Api, name: str) -> None:
    """As clients that are logged in by docker have it; one for another repository is not."""
    for scope, status in ((name, 200), (f"{name}/other", 401)):
        target = f"/token?scope=repository:{scope}:pull,push"
        token = api.wire.ask("GET", target, headers=api.headers["chief"]).json()["token"]
        head = {"Authorization": f"Bearer {token}"}
        reply = api.wire.ask("GET", f"/api/v1/repositories/{name}/history", headers=head)
        assert reply.status == status
