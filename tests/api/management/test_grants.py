"""Grants: put in place of what was there, listed to who decides on them."""

import pytest

from tests.api.management.conftest import Api, new_name

ALL = ["pull", "push", "delete", "admin"]


def test_a_grant_takes_the_place_of_the_one_there_was(api: Api) -> None:
    pattern = f"{new_name('team')}/**"
    query = {"subject": "stranger", "pattern": pattern}
    first = api.ask("PUT", "/grants", {"verbs": ["pull", "push"]}, **query)
    assert first.json() == {**query, "verbs": ["pull", "push"], "was_last_administrator": False}
    api.ask("PUT", "/grants", {"verbs": ["pull"]}, **query)
    grants = api.get("/grants", subject="stranger", limit=1000)["grants"]
    assert [one["verbs"] for one in grants if one["pattern"] == pattern] == [["pull"]]
    assert api.ask("DELETE", "/grants", **query).json() == {"was_last_administrator": False}
    assert api.ask("DELETE", "/grants", **query).codes == ["UNKNOWN"]


def test_the_next_request_sees_it(api: Api) -> None:
    name = new_name("team")
    target = f"/v2/{name}/tags/list"
    assert api.wire.ask("GET", target, headers=api.headers["stranger"]).status == 403
    api.ask("PUT", "/grants", {"verbs": ["pull"]}, subject="stranger", pattern=name)
    for _ in range(4):  # of two workers, any may answer
        assert api.wire.ask("GET", target, headers=api.headers["stranger"]).status == 404


def test_a_subject_that_nobody_knows_must_be_meant(api: Api) -> None:
    for subject in ("somebody-else", "@some-group"):
        query = {"subject": subject, "pattern": new_name("team")}
        assert api.ask("PUT", "/grants", {"verbs": ["pull"]}, **query).codes == ["UNKNOWN"]
        body = {"verbs": ["pull"], "may_be_unknown": True}
        assert api.ask("PUT", "/grants", body, **query).status == 200
        api.ask("DELETE", "/grants", **query)


@pytest.mark.parametrize("pattern", ["", "Team", "team//app", "team/***", "/", "x" * 256])
def test_a_pattern_that_is_none_is_refused(api: Api, pattern: str) -> None:
    query = {"subject": "stranger", "pattern": pattern}
    assert api.ask("PUT", "/grants", {"verbs": ["pull"]}, **query).codes == ["INVALID"]
    assert api.ask("DELETE", "/grants", **query).codes == ["INVALID"]


def test_who_administers_a_pattern_decides_within_it(api: Api) -> None:
    query = {"subject": "stranger", "pattern": f"team/{new_name('app')}"}
    assert api.ask("PUT", "/grants", {"verbs": ALL}, "keeper", **query).status == 200
    seen = api.get("/grants", caller="keeper", limit=1000)["grants"]
    assert {"subject": "stranger", "pattern": query["pattern"], "verbs": ALL} in seen
    assert all(one["pattern"].startswith("team/") for one in seen)
    assert api.ask("DELETE", "/grants", caller="keeper", **query).status == 200


def test_who_decides_on_nothing_sees_nothing(api: Api) -> None:
    assert api.get("/grants", caller="reader") == {"grants": [], "next": None}


def test_pages_have_each_grant_once_and_in_order(api: Api) -> None:
    stem = new_name("paged")
    for number in range(4):
        query = {"subject": "stranger", "pattern": f"{stem}/{number}"}
        api.ask("PUT", "/grants", {"verbs": ["pull"]}, **query)
    for subject in ("", "stranger"):
        found: list[tuple[str, str]] = []
        last = ""
        while True:
            page = api.get("/grants", limit=3, last=last, subject=subject)
            found += [(one["subject"], one["pattern"]) for one in page["grants"]]
            if page["next"] is None:
                break
            last = page["next"]
        assert found == sorted(set(found))
        assert {("stranger", f"{stem}/{number}") for number in range(4)} <= set(found)
