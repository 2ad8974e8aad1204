"""From an open registry to one with accounts: at once, in every worker, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.oci.digest import Digest
from longshore.registry import accounts
from tests.api.conftest import sound
from tests.api.pushing import Repository
from tests.api.secured import BEHIND_A_PROXY, Asked, Secured, basic, bearer
from tests.api.wire import head
from tests.serving import Server

OPEN = b"Anybody who reaches this address"
WORKERS = 2
TIMES = 8 * WORKERS  # requests on connections of their own, so that every worker gets some


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Secured]:
    with sound(tmp_path / "data", "--workers", str(WORKERS), *BEHIND_A_PROXY) as server:
        yield Secured(server)


def statuses(secured: Secured, asked: Asked, header: str | None = None) -> set[int]:
    return {secured.ask(asked, header).status for _ in range(TIMES)}


def test_the_first_account_closes_the_registry_for_the_very_next_request(opened: Secured) -> None:
    repository = Repository(opened.wire, "team/app")
    pushed = repository.push_image("v1")
    manifest = Asked("GET", repository.path("manifests/v1"))
    given = bearer(opened.token(basic("who", "anything"), "repository:team/app:pull,push"))
    assert statuses(opened, manifest) == {200}
    opened.add_user("alice")
    assert statuses(opened, manifest) == {401}
    # What was given to anybody while anybody could do everything is good for nothing now.
    assert statuses(opened, manifest, given) == {401}
    assert statuses(opened, manifest, basic("who", "anything")) <= {401, 429}
    assert statuses(opened, manifest, basic("alice")) == {403}
    assert statuses(opened, Asked("GET", "/v2/_catalog")) == {401}
    opened.grant("alice", "**:admin")
    assert statuses(opened, manifest, basic("alice")) == {200}
    found = opened.ask(manifest, basic("alice"))
    assert found.header("Docker-Content-Digest") == pushed.digest
    for blob in sorted(pushed.manifest.blobs):
        asked = Asked("GET", repository.path(f"blobs/{blob}"))
        assert Digest.of(opened.ask(asked, basic("alice")).content) == blob


def test_an_upload_under_way_is_refused_from_then_on_and_not_lost(opened: Secured) -> None:
    location = Repository(opened.wire, "team/app").begin()
    chunk = Asked("PATCH", location, b"one ")
    assert opened.ask(chunk).status == 202
    opened.add_user("alice", "team:push")
    end = Asked("PUT", f"{location}?digest={Digest.of(b'one two')}", b"two")
    for asked in (chunk, end, Asked("GET", location), Asked("DELETE", location)):
        assert opened.ask(asked).status == 401
    assert opened.ask(Asked("GET", location), basic("alice")).header("Range") == "0-3"
    assert opened.ask(end, basic("alice")).status == 201


def test_a_transfer_that_has_begun_goes_on(opened: Secured) -> None:
    """Who calls is asked when a request begins: long uploads outlive what let them in."""
    location = Repository(opened.wire, "team/app").begin()
    headers = {"Content-Length": "6", "Expect": "100-continue"}
    with opened.wire.connect() as connection:
        connection.write(head("PATCH", location, headers))
        # The server asks for the body once it has asked who calls.
        assert b"100 Continue" in connection.read_interim()
        connection.write(b"one")
        opened.add_user("alice", "team:push")
        assert opened.ask(Asked("GET", "/v2/")).status == 401
        connection.write(b"two")
        assert connection.read("PATCH").header("Range") == "0-5"


def test_a_registry_that_was_closed_stays_so(opened: Secured) -> None:
    opened.add_user("alice")
    opened.write(accounts.remove, "alice")
    assert statuses(opened, Asked("GET", "/v2/")) == {401}


def test_what_it_says_of_itself_is_so(opened: Secured) -> None:
    assert OPEN in opened.ask(Asked("GET", "/")).content
    opened.add_user("alice")
    for _ in range(TIMES):
        assert OPEN not in opened.ask(Asked("GET", "/")).content


@pytest.mark.parametrize("setting", ["closed", "open"])
def test_a_restart_changes_nothing(setting: str, tmp_path: Path) -> None:
    root, options = tmp_path / "data", ("--workers", "1", *BEHIND_A_PROXY)
    manifest = Asked("GET", "/v2/team/app/manifests/v1")
    with Server(root, options=options) as server:
        Repository(Secured(server).wire, "team/app").push_image("v1")
        Secured(server).add_user("alice", "team:pull")
    with Server(root, options=(*options, "--anonymous", setting)) as server:
        assert Secured(server).ask(manifest).status == 401
        assert Secured(server).ask(manifest, basic("alice")).status == 200


def test_a_registry_that_is_closed_by_its_settings_needs_no_account(tmp_path: Path) -> None:
    with Server(tmp_path / "data", options=("--anonymous", "closed", *BEHIND_A_PROXY)) as server:
        secured = Secured(server)
        assert secured.ask(Asked("GET", "/v2/")).status == 401
        assert OPEN not in secured.ask(Asked("GET", "/")).content
        secured.grant("anonymous", "public:pull")
        assert secured.ask(Asked("GET", "/v2/public/app/tags/list")).status == 404
