"""Policies over HTTP: set, seen, and what a client is told that pushes against one."""

from typing import Any

import pytest

from tests.api.management.conftest import Api, new_name
from tests.api.wire import Reply
from tests.content import index

DOCUMENT = {
    "releases": {"aliases": ["minor", "latest"]},
    "protected": {"master": ["ci", "@releasers"]},
}


def push(api: Api, repository: str, tag: str, of: str = "A", caller: str = "chief") -> Reply:
    pushed = index(annotations={"of": of})
    headers = {"Content-Type": pushed.manifest.media_type, **api.headers[caller]}
    target = f"/v2/{repository}/manifests/{tag}"
    return api.wire.ask("PUT", target, pushed.manifest.content, headers)


def tags(api: Api, repository: str) -> list[str]:
    reply = api.wire.ask("GET", f"/v2/{repository}/tags/list", headers=api.headers["chief"])
    found: list[str] = reply.json()["tags"]
    return found


def test_a_policy_is_set_changed_listed_and_removed(api: Api) -> None:
    pattern = f"{new_name('policy')}/**"
    made = api.ask("PUT", "/policies", {"policy": {}}, pattern=pattern)
    assert (made.status, made.json()) == (200, {"pattern": pattern, "policy": {}})
    api.ask("PUT", "/policies", {"policy": DOCUMENT}, pattern=pattern)
    expected = {"pattern": pattern, "policy": DOCUMENT}
    assert expected in api.get("/policies", limit=1000)["policies"]
    assert api.ask("DELETE", "/policies", pattern=pattern).status == 204
    assert api.ask("DELETE", "/policies", pattern=pattern).codes == ["UNKNOWN"]


def test_the_policy_of_a_repository_is_that_of_the_most_specific_pattern(api: Api) -> None:
    team = new_name("policy")
    place = f"/repositories/{team}/app/policy"
    assert api.get(place) == {"pattern": None, "policy": None}
    for pattern in (f"{team}/**", f"{team}/app"):
        api.ask("PUT", "/policies", {"policy": DOCUMENT}, pattern=pattern)
        assert api.get(place) == {"pattern": pattern, "policy": DOCUMENT}


def test_who_administers_a_pattern_decides_there(api: Api) -> None:
    name = new_name("team/policy")
    assert api.ask("PUT", "/policies", {"policy": {}}, "keeper", pattern=name).status == 200
    listed = api.get("/policies", caller="keeper", limit=1000)["policies"]
    assert name in {one["pattern"] for one in listed}
    assert all(one["pattern"].startswith("team/") for one in listed)
    assert api.get("/policies", caller="stranger", limit=1000)["policies"] == []
    assert api.ask("PUT", "/policies", {"policy": {}}, "keeper", pattern="other").status == 403
    assert api.ask("DELETE", "/policies", caller="keeper", pattern=name).status == 204


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"releases": {"aliases": ["{x}"]}}, "releases.aliases.0: Value error, an alias has no"),
        ({"releases": {"alises": []}}, "releases.alises: Extra inputs are not permitted"),
        ({"releases": {"immutable": "no"}}, "releases.immutable: Input should be a valid boolean"),
        ({"image": "app"}, "image: Extra inputs are not permitted"),
        ({"protected": {"latest": [""]}}, "protected.latest.0: Value error, write an account"),
        ({"releases": {"prerelease_channel": "latest"}}, "policy: Value error, two aliases"),
    ],
)
def test_what_is_no_policy_says_what_is_wrong_where(
    api: Api, policy: dict[str, Any], said: str
) -> None:
    reply = api.ask("PUT", "/policies", {"policy": policy}, pattern="team/policy")
    assert (reply.status, reply.codes) == (400, ["INVALID"])
    assert f"the policy can not be: {said}" in reply.json()["errors"][0]["message"]


def test_a_policy_is_no_deeper_than_it_can_be(api: Api) -> None:
    for nested in (b"[" * 100_000, b'{"a":' * 40_000, b'{"a":{"b":[[]]}}'):
        reply = api.ask("PUT", "/policies", b'{"policy":{"a":' + nested, pattern="team/policy")
        assert (reply.status, reply.codes) == (400, ["INVALID"])


def test_a_push_against_a_policy_is_told_why(api: Api) -> None:
    name = new_name("policy")
    api.ask("PUT", "/policies", {"policy": DOCUMENT}, pattern=name)
    assert push(api, name, "1.0.0").status == 201
    assert tags(api, name) == ["1.0", "1.0.0", "latest"]
    assert push(api, name, "1.0.0").status == 201
    refused = push(api, name, "1.0.0", "B")
    assert (refused.status, refused.codes) == (403, ["DENIED"])
    [error] = refused.json()["errors"]
    assert error["message"].endswith(
        "a version never changes: release this under a number of its own"
    )
    refused = push(api, name, "master")
    message = "master is protected: only @releasers and ci may move or delete it"
    assert refused.json()["errors"][0]["message"].startswith(message)


def test_a_mover_is_known_by_its_group(api: Api) -> None:
    name = new_name("team/policy")
    api.ask("PUT", "/policies", {"policy": DOCUMENT}, pattern=name)
    assert push(api, name, "master", caller="keeper").status == 403
    api.ask("PUT", "/groups/releasers/members/keeper", {})
    assert push(api, name, "master", caller="keeper").status == 201
    place = f"/v2/{name}/manifests/master"
    assert api.wire.ask("DELETE", place, headers=api.headers["chief"]).status == 403
    assert api.wire.ask("DELETE", place, headers=api.headers["keeper"]).status == 202
    api.ask("DELETE", "/groups/releasers/members/keeper")
