"""Releases over HTTP: what is answered, and what a plain push then finds."""

from typing import Any

import pytest

from tests.api.management.conftest import Api, new_name
from tests.api.management.test_policies import push, tags
from tests.api.wire import Reply
from tests.content import index


@pytest.fixture
def name(api: Api) -> str:
    """A repository with an image `A` that is `master`, and with a higher version `B`."""
    name = new_name("release")
    for tag, of in (("master", "A"), ("2.0.0", "B")):
        assert push(api, name, tag, of).status == 201
    return name


def release(api: Api, name: str, **body: Any) -> Reply:
    return api.ask("POST", f"/repositories/{name}/releases", body)


def digest(api: Api, name: str, tag: str) -> str:
    reply = api.wire.ask("HEAD", f"/v2/{name}/manifests/{tag}", headers=api.headers["chief"])
    return reply.header("Docker-Content-Digest")


def test_every_decision_is_answered(api: Api, name: str) -> None:
    mine, other = digest(api, name, "master"), digest(api, name, "2.0.0")
    reply = release(api, name, tag="master", versions=["1.0.5"], tags=["latest-1", "2.0"])
    assert reply.status == 403
    push(api, name, "latest", "B")
    reply = release(api, name, digest=mine, versions=["1.0.5"], tags=["stable"])
    assert reply.status == 200
    moved = {"moves": True, "from": None, "to": mine}
    assert reply.json() == {
        "digest": mine,
        "decided_by": "sample",
        "decisions": [
            {"tag": "1.0.5", "reason": "the version itself", **moved},
            {"tag": "1.0", "reason": "1.0.5 is the highest of 1.0.*", **moved},
            {"tag": "1", "reason": "1.0.5 is the highest of 1.*", **moved},
            {
                "tag": "latest",
                "moves": False,
                "reason": "2.0.0 is the highest of all versions",
                "from": other,
                "to": other,
            },
            {"tag": "stable", "reason": "pushed by this name", **moved},
        ],
        "notes": [],
    }
    assert tags(api, name) == ["1", "1.0", "1.0.5", "2.0.0", "latest", "master", "stable"]


def test_looking_first_changes_nothing(api: Api, name: str) -> None:
    looked = release(api, name, tag="master", versions=["3.0.0"], dry_run=True).json()
    assert tags(api, name) == ["2.0.0", "master"]
    assert release(api, name, tag="master", versions=["3.0.0"]).json() == looked
    assert "latest" in tags(api, name)


def test_the_servers_policy_wins_and_the_reply_says_so(api: Api, name: str) -> None:
    mine = {"releases": {"aliases": ["stable"]}}
    first = release(api, name, tag="master", versions=["1.0.0"], policy=mine).json()
    assert first["decided_by"] == "request"
    api.ask("PUT", "/policies", {"policy": {"releases": {"aliases": []}}}, pattern=name)
    second = release(api, name, tag="master", versions=["1.0.1"], policy=mine).json()
    assert second["decided_by"] == "server"
    assert second["notes"] == ["the policy of the server decided, not the one that came along"]
    assert [one["tag"] for one in second["decisions"]] == ["1.0.1"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"versions": ["1.0.0"]}, 400, "INVALID"),
        ({"tag": "master", "digest": f"sha256:{0:064}", "versions": ["1.0.0"]}, 400, "INVALID"),
        ({"tag": "master"}, 400, "INVALID"),
        ({"tag": "master", "versions": ["1.0.0"], "policy": {"a": 1}}, 400, "INVALID"),
        ({"tag": "master", "tags": ["a/b"]}, 400, "MANIFEST_INVALID"),
        ({"digest": "sha256:1", "tags": ["a"]}, 400, "DIGEST_INVALID"),
        ({"tag": "nothing", "tags": ["a"]}, 404, "MANIFEST_UNKNOWN"),
        ({"tag": "master", "versions": ["1.0"]}, 403, "DENIED"),
        ({"tag": "master", "versions": ["2.0.0"]}, 403, "DENIED"),
    ],
)
def test_what_can_not_be_released_is_refused(
    api: Api, name: str, body: dict[str, Any], status: int, code: str
) -> None:
    reply = release(api, name, **body)
    assert (reply.status, reply.codes) == (status, [code])
    assert tags(api, name) == ["2.0.0", "master"]


def test_the_history_says_what_the_image_said(api: Api, name: str) -> None:
    """It was pushed by its digest alone, as a command does that names it afterwards."""
    said = {"longshore.branch": "master", "org.opencontainers.image.revision": "abc"}
    pushed = index(annotations=said)
    headers = {"Content-Type": pushed.manifest.media_type, **api.headers["chief"]}
    target = f"/v2/{name}/manifests/{pushed.digest}"
    assert api.wire.ask("PUT", target, pushed.manifest.content, headers).status == 201
    assert release(api, name, digest=pushed.digest, versions=["3.0.0"]).status == 200
    moves = api.get(f"/repositories/{name}/history", limit=4)["moves"]
    assert {(one["tag"], one["cause"], one["branch"], one["revision"]) for one in moves} == {
        ("3.0.0", "push", "master", "abc"),
        *((alias, "rule", "master", "abc") for alias in ("3.0", "3", "latest")),
    }
