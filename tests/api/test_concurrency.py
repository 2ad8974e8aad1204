"""Many clients at one time, on a server with two workers: no failure, and one of them wins."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from longshore.oci.digest import Digest
from tests.api.pushing import Repository
from tests.api.wire import Reply
from tests.content import Pushed, image, index

CLIENTS = 16
CONTENT = bytes(range(256)) * 400
DIGEST = Digest.of(CONTENT)


def at_once(ask: Callable[[int], Reply], times: int = 48) -> Counter[int]:
    """How often each status came; nothing is ever answered with a fault."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = Counter(reply.status for reply in pool.map(ask, range(times)))
    assert max(statuses) < 500
    return statuses


def numbered(number: int) -> Pushed:
    return index(annotations={"n": str(number)})


def test_pushes_of_one_blob(shared: Repository) -> None:
    target = shared.path(f"blobs/uploads/?digest={DIGEST}")
    assert at_once(lambda _: shared.wire.ask("POST", target, CONTENT)) == {201: 48}
    assert shared.ask("GET", f"blobs/{DIGEST}").content == CONTENT


def test_mounts_of_one_blob(shared: Repository) -> None:
    source = Repository(shared.wire, f"{shared.name}/source")
    digest = source.push_blob(CONTENT)
    rest = f"blobs/uploads/?mount={digest}&from={source.name}"
    assert at_once(lambda _: shared.ask("POST", rest)) == {201: 48}


def test_pushes_of_one_manifest_to_a_new_repository(shared: Repository) -> None:
    pushed = index()
    assert at_once(lambda number: shared.put(pushed, f"v{number % 4}")) == {201: 48}
    assert shared.ask("GET", "tags/list").json()["tags"] == ["v0", "v1", "v2", "v3"]


def test_of_clients_that_create_a_tag_one_does(shared: Repository) -> None:
    asked = at_once(lambda number: shared.put(numbered(number), "v1", If_None_Match="*"))
    assert asked == {201: 1, 412: 47}


def test_of_clients_that_move_a_tag_from_one_place_one_does(shared: Repository) -> None:
    former = shared.push(numbered(-1), "v1")
    expected = f'"{former}"'
    asked = at_once(lambda number: shared.put(numbered(number), "v1", If_Match=expected))
    assert asked == {201: 1, 412: 47}


def test_fallback_tags_lose_nothing_when_clients_are_careful(shared: Repository) -> None:
    """Each reads the list, adds itself and writes, and tries again when it was not the first."""

    def add(number: int) -> Reply:
        digest = shared.push(numbered(number))
        while True:
            had = shared.ask("GET", "manifests/list")
            listed = [one["digest"] for one in had.json().get("manifests", [])]
            if had.status == 200:
                condition = {"If_Match": had.header("ETag")}
            else:
                condition = {"If_None_Match": "*"}
            reply = shared.put(index(*listed, digest), "list", **condition)
            if reply.status != 412:
                return reply

    assert at_once(add, 12) == {201: 12}
    assert len(shared.ask("GET", "manifests/list").json()["manifests"]) == 12


def test_pushes_and_deletes_of_one_tag(shared: Repository) -> None:
    def ask(number: int) -> Reply:
        if number % 3:
            return shared.put(numbered(number), "v1")
        return shared.ask("DELETE", "manifests/v1")

    asked = at_once(ask)
    assert asked[201] == 32
    assert asked[202] + asked[404] == 16


def test_a_manifest_and_the_deletion_of_what_it_needs(shared: Repository) -> None:
    """Whichever is first: a manifest that is acknowledged has all its blobs."""
    for number in range(8):
        config = shared.push_blob(b'{"n": %d}' % number)
        pushed = image(config)
        with ThreadPoolExecutor(2) as pool:
            put = pool.submit(shared.put, pushed, f"v{number}")
            deleted = pool.submit(shared.ask, "DELETE", f"blobs/{config}")
        outcome = put.result().status, deleted.result().status
        assert outcome in {(201, 405), (400, 202)}
        found = shared.ask("GET", f"blobs/{config}").status
        assert found == (200 if outcome[0] == 201 else 404)
