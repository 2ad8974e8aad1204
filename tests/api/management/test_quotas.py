"""Quotas: set, seen, and what a client is told that pushes too much."""

from longshore.oci.digest import Digest
from tests.api.management.conftest import Api, new_name


def test_a_quota_is_set_changed_listed_and_removed(api: Api) -> None:
    pattern = f"{new_name('quota')}/**"
    made = api.ask("PUT", "/quotas", {"bytes": 5}, pattern=pattern)
    assert made.status == 200
    expected = {
        "pattern": pattern,
        "bytes": 5,
        "repositories": None,
        "used": {"bytes": 0, "repositories": 0},
    }
    assert made.json() == expected
    api.ask("PUT", "/quotas", {"bytes": 6, "repositories": 2}, pattern=pattern)
    expected |= {"bytes": 6, "repositories": 2}
    assert expected in api.get("/quotas", limit=1000)["quotas"]
    assert api.ask("DELETE", "/quotas", pattern=pattern).status == 204
    assert api.ask("DELETE", "/quotas", pattern=pattern).codes == ["UNKNOWN"]


def test_what_is_no_quota_is_refused(api: Api) -> None:
    for body, pattern in (
        ({}, "team/**"),
        ({"bytes": -1}, "team/**"),
        ({"bytes": 1}, "*/app"),
        ({"bytes": 1}, "Team"),
        ({"bytes": 1, "files": 2}, "team/**"),
    ):
        assert api.ask("PUT", "/quotas", body, pattern=pattern).codes == ["INVALID"]


def test_quotas_come_in_pages(api: Api) -> None:
    for _ in range(3):
        api.ask("PUT", "/quotas", {"bytes": 1}, pattern=new_name("paged-quota"))
    first = api.get("/quotas", limit=1, last="paged-quota")
    assert first["next"] == first["quotas"][0]["pattern"]
    assert api.get("/quotas", limit=1000, last=first["next"])["next"] is None


def test_a_push_that_is_too_much_is_told_so(api: Api) -> None:
    name = new_name("quota")
    api.ask("PUT", "/quotas", {"bytes": 4}, pattern=name)

    def push(content: bytes) -> tuple[int, str]:
        target = f"/v2/{name}/blobs/uploads/?digest={Digest.of(content)}"
        reply = api.wire.ask("POST", target, content, api.headers["chief"])
        return reply.status, reply.content.decode()

    assert push(b"four")[0] == 201
    status, told = push(b"5")
    assert status == 403
    assert "is 4 bytes, and this push would make it 5 bytes" in told
    assert '"code":"DENIED"' in told
    assert push(b"four")[0] == 201


def test_a_large_push_is_refused_before_it_comes(api: Api) -> None:
    name = new_name("quota")
    api.ask("PUT", "/quotas", {"bytes": 1 << 20}, pattern=name)
    length, nothing = (1 << 20) + 1, Digest.of(b"never sent")
    head = {"Content-Length": str(length), "Expect": "100-continue", **api.headers["chief"]}
    target = f"/v2/{name}/blobs/uploads/?digest={nothing}"
    reply = api.wire.ask("POST", target, None, head)
    assert (reply.status, reply.codes) == (403, ["DENIED"])
