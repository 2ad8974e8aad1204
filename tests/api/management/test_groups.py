"""Groups: there as long as they have members, and good for what is granted to them."""

from tests.api.management.conftest import Api, new_name


def test_a_group_comes_with_its_first_member_and_goes_with_its_last(api: Api) -> None:
    group = new_name("group")
    for member in ("stranger", "reader", "reader"):
        assert api.ask("PUT", f"/groups/{group}/members/{member}", {}).status == 204
    assert api.get(f"/groups/{group}") == {"name": group, "members": ["reader", "stranger"]}
    assert {"name": group, "size": 2} in api.get("/groups", limit=1000)["groups"]
    assert group in api.get("/users/stranger")["groups"]
    for member in ("stranger", "reader"):
        removed = api.ask("DELETE", f"/groups/{group}/members/{member}")
        assert removed.json() == {"was_last_administrator": False}
    assert api.ask("GET", f"/groups/{group}").codes == ["UNKNOWN"]


def test_what_is_granted_to_a_group_is_granted_to_its_members(api: Api) -> None:
    group = new_name("group")
    api.ask("PUT", f"/groups/{group}/members/stranger", {})
    query = {"subject": f"@{group}", "pattern": "team/app"}
    assert api.ask("PUT", "/grants", {"verbs": ["push"]}, **query).status == 200
    grant = {"subject": f"@{group}", "pattern": "team/app", "verbs": ["push"]}
    assert grant in api.get("/me", caller="stranger")["grants"]
    api.ask("DELETE", f"/groups/{group}/members/stranger")
    assert grant not in api.get("/me", caller="stranger")["grants"]


def test_a_member_that_nobody_knows_must_be_meant(api: Api) -> None:
    path = f"/groups/{new_name('group')}/members/somebody-else"
    assert api.ask("PUT", path, {}).codes == ["UNKNOWN"]
    assert api.ask("PUT", path, {"may_be_unknown": True}).status == 204


def test_a_name_with_a_meaning_is_no_group(api: Api) -> None:
    assert api.ask("PUT", "/groups/anonymous/members/stranger", {}).codes == ["INVALID"]


def test_groups_come_in_pages(api: Api) -> None:
    groups = sorted(new_name("paged") for _ in range(3))
    for group in groups:
        api.ask("PUT", f"/groups/{group}/members/stranger", {})
    first = api.get("/groups", limit=1, last="paged-")
    assert first["next"] == first["groups"][0]["name"]
    rest = api.get("/groups", limit=1000, last=first["next"])
    assert rest["next"] is None
    assert len(rest["groups"]) >= 2
