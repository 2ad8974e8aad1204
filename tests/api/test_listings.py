"""Tags (end-8) and the catalog, a page at a time, in the order of their bytes."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.pushing import Repository
from tests.api.wire import Reply, Wire
from tests.content import index
from tests.serving import Server

TAGS = ["1.0", "1.0-rc", "10", "2.0", "A", "_x", "a", "a-b", "a.b", "a0", "latest"]
LIMIT = 50  # of the server that these tests run on


@pytest.fixture
def tagged(repository: Repository) -> Repository:
    repository.push(index(), *reversed(TAGS))
    return repository


def follow(wire: Wire, target: str) -> Iterator[Reply]:
    """Yield pages until there is no link to a next one."""
    following: str | None = target
    while following:
        reply = wire.ask("GET", following)
        assert reply.status == 200
        yield reply
        link = reply.get("Link")
        following = None if link is None else target_of(link)


def target_of(link: str) -> str:
    """Return the target of a link, which must be relative: proxies change the host."""
    found = re.fullmatch(r'<(/v2/[^>]+)>; rel="next"', link)
    assert found, link
    return found[1]


def test_tags_are_in_the_order_of_their_bytes(tagged: Repository) -> None:
    reply = tagged.ask("GET", "tags/list")
    assert reply.header("Content-Type") == "application/json"
    assert reply.json() == {"name": tagged.name, "tags": TAGS}
    assert reply.get("Link") is None


@pytest.mark.parametrize("size", [1, 2, 3, 10, 11, 12])
def test_pages_of_tags_leave_nothing_out(size: int, tagged: Repository) -> None:
    pages = [
        page.json()["tags"] for page in follow(tagged.wire, tagged.path(f"tags/list?n={size}"))
    ]
    assert [tag for page in pages for tag in page] == TAGS
    assert {len(page) for page in pages[:-1]} <= {size}


def test_a_next_page_has_the_size_of_the_first(tagged: Repository) -> None:
    link = tagged.ask("GET", "tags/list?n=3").header("Link")
    query = parse_qs(urlsplit(target_of(link)).query)
    assert query == {"n": ["3"], "last": [TAGS[2]]}


def test_a_page_of_none_is_empty_and_the_last(tagged: Repository) -> None:
    for n in ("0", "000"):
        reply = tagged.ask("GET", f"tags/list?n={n}")
        assert (reply.json()["tags"], reply.get("Link")) == ([], None)


@pytest.mark.parametrize("last", [TAGS[4], "Zzz", "AA", "%01", "%2F", "a%2Fb", "!", ""])
def test_the_last_entry_need_not_exist(last: str, tagged: Repository) -> None:
    reply = tagged.ask("GET", f"tags/list?last={last}")
    after = last.replace("%01", "\1").replace("%2F", "/")
    assert reply.json()["tags"] == [tag for tag in TAGS if tag > after]


def test_a_tag_that_was_deleted_still_tells_where_to_go_on(tagged: Repository) -> None:
    target = target_of(tagged.ask("GET", "tags/list?n=4").header("Link"))
    assert tagged.ask("DELETE", f"manifests/{TAGS[3]}").status == 202
    assert tagged.wire.ask("GET", f"{target}&n=100").json()["tags"] == TAGS[4:8]


@pytest.mark.parametrize("n", ["51", "1000", "00051", "9" * 40])
def test_a_page_too_large_is_made_smaller(n: str, repository: Repository) -> None:
    tags = sorted(f"t{number}" for number in range(LIMIT + 5))
    pushed = index()
    repository.put(pushed, pushed.digest, "?" + "&".join(f"tag={tag}" for tag in tags))
    for query in (f"?n={n}", ""):
        reply = repository.ask("GET", f"tags/list{query}")
        assert reply.json()["tags"] == tags[:LIMIT]
        rest = repository.wire.ask("GET", target_of(reply.header("Link")))
        assert rest.json()["tags"] == tags[LIMIT:]


@pytest.mark.parametrize("n", ["-1", "x", "1.5", "", "%201", "+1", "1e3", "%D9%A1", "0x1"])
def test_a_number_of_entries_that_is_none_is_refused(n: str, tagged: Repository) -> None:
    for target in (tagged.path(f"tags/list?n={n}"), f"/v2/_catalog?n={n}"):
        reply = tagged.wire.ask("GET", target)
        assert (reply.status, reply.codes) == (400, ["UNSUPPORTED"])


def test_a_repository_without_tags_has_an_empty_list(repository: Repository) -> None:
    repository.push(index())
    assert repository.ask("GET", "tags/list").json() == {"name": repository.name, "tags": []}


def test_a_repository_that_is_not_there_is_unknown(repository: Repository) -> None:
    reply = repository.ask("GET", "tags/list")
    assert (reply.status, reply.codes) == (404, ["NAME_UNKNOWN"])
    assert reply.json()["errors"][0]["detail"] == {"name": repository.name}


def test_a_repository_goes_with_its_last_manifest(repository: Repository) -> None:
    digest = repository.push(index(), "v1")
    repository.ask("DELETE", "manifests/v1")
    assert repository.ask("GET", "tags/list").json()["tags"] == []
    repository.ask("DELETE", f"manifests/{digest}")
    assert repository.ask("GET", "tags/list").codes == ["NAME_UNKNOWN"]
    pages = follow(repository.wire, "/v2/_catalog")
    assert all(repository.name not in page.json()["repositories"] for page in pages)


NAMES = ["a", "a-b", "a.b", "a/b", "a/b/c", "a0", "a__b", "ab", "b"]


def test_names_that_begin_alike_are_all_listed(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        wire = Wire(server.port)
        assert wire.ask("GET", "/v2/_catalog").json() == {"repositories": []}
        for name in reversed(NAMES):
            Repository(wire, name).push(index(), "v1")
        Repository(wire, "only/a/blob").push_blob(b"{}")
        for size in range(1, len(NAMES) + 2):
            pages = [page.json()["repositories"] for page in follow(wire, f"/v2/_catalog?n={size}")]
            assert [name for page in pages for name in page] == NAMES
            assert {len(page) for page in pages[:-1]} <= {size}
        after = wire.ask("GET", "/v2/_catalog?last=a%2Fb").json()["repositories"]
        assert after == NAMES[4:]
