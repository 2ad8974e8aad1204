"""`longshore push` and `release` at a server with a policy: its rules count, in one transaction."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.checkouts import Checkout
from tests.cli.managed import Done
from tests.cli.program import longshore
from tests.serving import Server

ROUNDS = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("registry") / "data"
    with Server(root, options=("--workers", "2")) as server:
        yield server


@pytest.fixture
def checkout(tmp_path: Path, server: Server) -> Checkout:
    return Checkout(tmp_path, server.host)


def apply(checkout: Checkout, server: Server, rules: str) -> None:
    """Let these rules hold for the checkout's repository."""
    file = checkout.made.folder / "rules.yaml"
    file.write_text(f"image: {checkout.image}\n{rules}")
    done = longshore("policy", "apply", "--file", str(file), "--root", str(server.root))
    assert done.returncode == 0, done.stderr


def test_where_the_server_has_a_policy_that_counts_and_it_says_so(
    checkout: Checkout, server: Server
) -> None:
    apply(checkout, server, "releases: {aliases: [latest]}\n")
    done = checkout.run("release", checkout.build(), "--version", "1.0.5")
    assert done.returncode == 0
    assert "note: the policy of the server decided" in done.stderr
    assert sorted(checkout.tags()) == ["1.0.5", "latest"]
    assert [line.partition("@")[0] for line in done.stdout.splitlines()] == [
        f"{checkout.image}:1.0.5",
        f"{checkout.image}:latest",
    ]


def test_where_it_has_none_the_file_of_the_checkout_counts(checkout: Checkout) -> None:
    checkout.say("releases: {aliases: [major], immutable: false}")
    checkout.done("release", checkout.build(), "--version", "1.0.5")
    again = checkout.done("release", checkout.build(), "--version", "1.0.5")
    assert checkout.tags() == dict.fromkeys(("1", "1.0.5"), again["containerimage.digest"])


def test_what_the_server_refuses_ends_with_3_and_its_sentence(
    checkout: Checkout, server: Server
) -> None:
    checkout.done("release", checkout.build(), "--version", "1.0.5")
    apply(checkout, server, "")
    checkout.say("releases: {immutable: false}")
    before = checkout.tags()
    done = checkout.run("release", checkout.build(), "--version", "1.0.5")
    assert (done.returncode, done.stdout) == (3, "")
    assert "a version never changes" in done.stderr
    assert "Traceback" not in done.stderr
    assert checkout.tags() == before


def test_two_builds_that_release_at_one_time_end_in_the_right_state(checkout: Checkout) -> None:
    """Whoever comes last, `latest` is the highest, and each alias the highest of its range."""

    def release(built: str, version: str) -> Done:
        return checkout.run("release", built, "--version", version)

    for number in range(ROUNDS):
        versions = [f"1.{number}.0", f"1.{number}.1"]
        builds = [checkout.build() for _ in versions]
        with ThreadPoolExecutor(len(versions)) as people:
            told = list(people.map(release, builds, versions))
        assert [done.returncode for done in told] == [0, 0], told
        tags = checkout.tags()
        assert tags[f"1.{number}"] == tags["1"] == tags["latest"] == tags[f"1.{number}.1"]
        assert tags[f"1.{number}.0"] != tags["latest"]
