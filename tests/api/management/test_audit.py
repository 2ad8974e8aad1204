"""The audit log: what was done, by whom, from where; filtered, and followed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.management.conftest import PASSWORD, Api, new_name
from tests.content import index


def test_an_act_is_told_with_who_from_where_and_by_which_request(api: Api) -> None:
    name = new_name("user")
    reply = api.ask("POST", "/users", {"name": name, "password": PASSWORD})
    [entry] = api.get("/audit", target=name)["entries"]
    assert (entry["actor"], entry["action"], entry["outcome"]) == ("chief", "user.add", "done")
    assert entry["request_id"] == reply.header("X-Request-ID")
    assert entry["address"].startswith("10.0.")


def test_what_was_done_here_before_the_start_is_the_owners(api: Api) -> None:
    entries = api.get("/audit", actor="local", last=0, limit=1000)["entries"]
    assert ("user.add", "chief") in {(entry["action"], entry["target"]) for entry in entries}
    assert all(entry["identity"] for entry in entries)


def test_without_a_last_one_it_is_the_latest_lines(api: Api) -> None:
    lines = [new_name("user") for _ in range(3)]
    for name in lines:
        api.ask("DELETE", f"/users/{name}", caller="stranger")
    page = api.get("/audit", limit=2, actor="stranger", outcome="refused", action="manage")
    assert [entry["target"] for entry in page["entries"]] == [
        f"/api/v1/users/{name}" for name in lines[1:]
    ]


def test_who_asks_again_with_the_last_one_gets_what_came_since(api: Api) -> None:
    wanted = {"action": "key.rotate", "actor": "engine"}
    page = api.get("/audit", **wanted)
    assert api.get("/audit", last=page["last"], **wanted)["entries"] == []
    number = api.ask("POST", "/keys", {}, "engine").json()["id"]
    [entry] = api.get("/audit", last=page["last"], **wanted)["entries"]
    assert entry["target"] == number


def test_who_goes_back_asks_for_what_was_before_the_first(api: Api) -> None:
    name = new_name("user")
    for number in range(5):
        api.ask("DELETE", f"/users/{name}-{number}", caller="stranger")
    wanted: dict[str, Any] = {"actor": "stranger", "action": "manage", "limit": 2}
    pages = [api.get("/audit", **wanted)["entries"]]
    for _ in range(2):
        pages.append(api.get("/audit", before=pages[-1][0]["id"], **wanted)["entries"])
    seen = [entry["target"] for page in pages for entry in reversed(page)]
    assert seen[:5] == [f"/api/v1/users/{name}-{number}" for number in (4, 3, 2, 1, 0)]


def test_what_was_done_and_refused_in_a_repository(api: Api) -> None:
    name = new_name("audited")
    manifest = index().manifest
    for caller in ("chief", "stranger"):
        headers = {"Content-Type": manifest.media_type, **api.headers[caller]}
        api.wire.ask("PUT", f"/v2/{name}/manifests/v1", manifest.content, headers)
    entries = api.get("/audit", repository=name)["entries"]
    assert [(entry["actor"], entry["outcome"]) for entry in entries] == [
        ("chief", "done"),
        ("stranger", "refused"),
    ]
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert api.get("/audit", repository=name, since=later)["entries"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"last": -1},
        {"last": 2**63},
        {"outcome": "unclear"},
        {"last": 1, "before": 2},
        {"since": "yesterday"},
        {"since": "0.5"},
    ],
)
def test_a_filter_that_can_not_be_is_refused(api: Api, query: dict[str, Any]) -> None:
    assert api.ask("GET", "/audit", **query).codes == ["INVALID"]
