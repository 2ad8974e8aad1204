"""From the previous release to this one, and from an open registry to a secured one.

The previous release's own code makes the content: it is checked out of the history beside this
one and serves the same folder first. Nothing may be lost, not even half an upload.
"""

import io
import os
import shutil
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from longshore.server.serving import MOST_WORKERS
from tests.clients.accounts import ALICE, PASSWORDS, Accounts
from tests.clients.content import Descriptor, Layout, Tree, digest_of
from tests.clients.remote import Repository
from tests.clients.tools import unavailable
from tests.processes import wait_until
from tests.serving import TRUSTING_NOBODY, Server

PREVIOUS = "e12ca37"  # the last commit without accounts
ROOT = Path(__file__).parents[2]
ARTIFACT = "application/vnd.example.report.v1"
NAMES = ("sample", "team/app", "team/deep/er/app")
PROCESSES = 2 + min(os.cpu_count() or 1, MOST_WORKERS)  # the first, the collector, and workers


@pytest.fixture(scope="session")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sources of the previous release."""
    packed = subprocess.run(
        ["git", "-C", ROOT, "archive", PREVIOUS, "src"], capture_output=True, check=False
    )
    if packed.returncode:
        unavailable(f"the history has no {PREVIOUS}: clone all of it")
    folder = tmp_path_factory.mktemp("previous")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "src"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def view(server: Server, name: str = "") -> httpx.Client:
    auth = (name, PASSWORDS[name]) if name else None
    return httpx.Client(base_url=f"{server.url}/v2/", verify=TRUSTING_NOBODY, timeout=60, auth=auth)


class Content:
    """What is pushed: in each repository an index with a referrer, and two tags; half an upload."""

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(folder)
        children = [
            self.layout.image({"message": os.urandom(200_000)}, architecture=architecture)
            for architecture in ("amd64", "arm64")
        ]
        self.index: Descriptor = self.layout.index(children)
        self.report = self.layout.artifact(b"all is well", ARTIFACT, subject=self.index)
        self.half = os.urandom(1 << 20)

    def push(self, http: httpx.Client) -> httpx.URL:
        """Push all of it, and return where half an upload waits for its other half."""
        for name in NAMES:
            repository = Repository(http, name)
            repository.push(self.layout, self.index, "1.0")
            repository.push(self.layout, self.index, "latest")
            repository.push(self.layout, self.report)
        begun = http.post("sample/blobs/uploads/").raise_for_status()
        location = begun.url.join(begun.headers["Location"])
        http.patch(location, content=self.half[:500_000]).raise_for_status()
        return location

    def check(self, http: httpx.Client) -> None:
        """Compare all that is served with what was pushed."""
        listed = http.get("_catalog").raise_for_status().json()["repositories"]
        assert listed == sorted(NAMES)
        for name in NAMES:
            repository = Repository(http, name)
            assert repository.tags() == ["1.0", "latest"]
            for tag in repository.tags():
                assert repository.tree(tag) == self.layout.tree(self.index)
            assert repository.referrers(self.index["digest"]) == [self.report["digest"]]
            report: Tree = repository.tree(self.report["digest"])
            assert report == self.layout.tree(self.report)

    def finish(self, http: httpx.Client, location: httpx.URL) -> None:
        """Send the other half, and read the whole."""
        query = {"digest": digest_of(self.half)}
        http.put(location, params=query, content=self.half[500_000:]).raise_for_status()
        whole = http.get(f"sample/blobs/{digest_of(self.half)}").raise_for_status()
        assert whole.content == self.half


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    return Content(tmp_path_factory.mktemp("content") / "layout")


class Left(NamedTuple):
    """What the previous release has left: its data, and where half an upload is on its port."""

    data: Path
    port: int
    location: httpx.URL


@pytest.fixture(scope="module", params=["stopped", "killed"])
def left(
    request: pytest.FixtureRequest,
    previous: Path,
    content: Content,
    tmp_path_factory: pytest.TempPathFactory,
) -> Left:
    """For both ways in which a server may end before another release begins."""
    data = tmp_path_factory.mktemp("left") / "data"
    with Server(data, environment={"PYTHONPATH": str(previous)}) as former, view(former) as http:
        assert http.get(f"{former.url}/token").status_code == 404  # it knows no accounts
        location = content.push(http)
        content.check(http)
        if request.param == "stopped":
            former.stop()
        else:
            former.kill()
    return Left(data, former.port, location)


@pytest.fixture
def upgraded(left: Left, data: Path) -> Iterator[tuple[Server, httpx.URL]]:
    """Return this release on what the previous one has left, and where half an upload is."""
    shutil.copytree(left.data, data)
    with Server(data, port=left.port) as server:
        yield server, left.location


def test_the_previous_release_is_served_with_every_byte(
    upgraded: tuple[Server, httpx.URL], content: Content
) -> None:
    server, location = upgraded
    with view(server) as http:
        content.check(http)
        content.finish(http, location)
        for name in NAMES:
            digest = content.report["digest"]
            http.delete(f"{name}/manifests/{digest}").raise_for_status()
            assert not Repository(http, name).has("manifests", digest)


def test_a_tag_of_before_has_a_history_from_its_next_move(
    upgraded: tuple[Server, httpx.URL], content: Content
) -> None:
    server, _ = upgraded
    api = f"{server.url}/api/v1/repositories/sample"
    with view(server) as http:
        assert http.get(f"{api}/history").json() == {"moves": [], "next": None}
        unknown = http.post(f"{api}/restore", json={"tag": "1.0"})
        assert unknown.status_code == 404
        assert "name the digest" in unknown.text
        repository = Repository(http, "sample")
        repository.push(content.layout, content.layout.image({"new": b""}), "1.0")
        http.post(f"{api}/restore", json={"tag": "1.0"}).raise_for_status()
        assert repository.digest("1.0") == content.index["digest"]
        causes = [move["cause"] for move in http.get(f"{api}/history").json()["moves"]]
        assert causes == ["restore", "push"]


def test_the_first_account_closes_it_without_a_restart(
    upgraded: tuple[Server, httpx.URL], content: Content
) -> None:
    server, location = upgraded
    accounts = Accounts(server.root)
    with view(server) as nobody, view(server, ALICE) as alice:
        assert "Anybody" in nobody.get(f"{server.url}/").text
        wait_until(lambda: len(server.pids()) == PROCESSES)
        pids = server.pids()
        accounts.add_user(ALICE)
        paths = ["", "_catalog", *(f"{name}/manifests/latest" for name in NAMES)]
        assert {nobody.get(path).status_code for path in paths} == {401}
        assert nobody.put(location).status_code == 401
        assert alice.get("sample/manifests/latest").status_code == 403
        assert "Anybody" not in nobody.get(f"{server.url}/").text

        accounts.grant(ALICE, "**", "pull,push,delete")
        content.check(alice)
        content.finish(alice, location)
        assert server.pids() == pids


def test_closed_stays_closed(data: Path, content: Content) -> None:
    """Neither a restart nor the loss of the last account opens it again."""
    with Server(data) as server, view(server) as http:
        content.push(http)
        accounts = Accounts(data)
        accounts.add_user(ALICE)
        accounts.remove(ALICE)
        assert http.get("").status_code == 401
    with Server(data, options=("--anonymous", "open")) as server, view(server) as http:
        assert http.get("").status_code == 401
        assert http.get("sample/manifests/latest").status_code == 401


@pytest.mark.parametrize("mode", [None, 0o755, 0o2770])
def test_no_other_user_reads_what_signs_tokens(data: Path, mode: int | None) -> None:
    """A folder that a former release has made is closed as well; its group keeps what it had."""
    if mode is not None:
        data.mkdir()
        data.chmod(mode)
    with Server(data):
        found = stat.S_IMODE(data.stat().st_mode)
    assert not found & stat.S_IRWXO
    assert mode is None or found == mode & ~stat.S_IRWXO
