"""What commands print with --json is what docs/json.md says, and no command is left out."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from longshore.cli.failures import FAILED, FORBIDDEN, WRONGLY_ASKED
from longshore.cli.logs import Printer
from longshore.cli.main import COMMANDS, INTERRUPTED, command
from longshore.cli.places import SAME
from longshore.client.logs import Line, Told
from longshore.client.reading import Answer
from tests.cli.checkouts import Checkout
from tests.client.everything import Everything, views
from tests.client.registries import running
from tests.clients.content import Layout
from tests.docs.pages import DOCS
from tests.docs.schemas import SCHEMAS, check


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running("longshore", tmp_path_factory.mktemp("longshore")) as host:
        yield host


@pytest.fixture
def checkout(tmp_path: Path, host: str) -> Checkout:
    return Checkout(tmp_path / "checkout", host)


@pytest.fixture
def image(tmp_path: Path, host: str) -> str:
    """Return an image with everything in the registry."""
    everything = Everything(Layout(tmp_path / "everything"))
    with views() as view:
        everything.push(view(f"{host}/all"))
    return f"{host}/all:1.0"


def printed(checkout: Checkout, *words: str) -> Any:
    done = checkout.run(*words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def events(checkout: Checkout, title: str, *words: str) -> dict[str, Any]:
    """Run a command that prints events, and compare all of them; answers the last."""
    done = checkout.run(*words, "--json")
    assert done.returncode == 0, done.stderr
    *content, last = map(json.loads, done.stdout.splitlines())
    for event in content:
        check("event", event)
    check(title, last)
    found: dict[str, Any] = last
    return found


def test_copies_print_events_and_a_result(checkout: Checkout, image: str) -> None:
    target = f"{checkout.image}-copy"
    assert events(checkout, "copy promote", "copy", image, target)["event"] == "done"
    assert events(checkout, "copy promote", "copy", image, target)["nothing_to_do"]
    plan = events(checkout, "copy promote", "promote", image, f"{target}:1.0.5", "--dry-run")
    assert plan["event"] == "plan"
    built = checkout.build()
    assert events(checkout, "copy promote", "push", built, f"{target}:built")["event"] == "done"


def test_pushes_and_releases_print_what_was_decided(checkout: Checkout) -> None:
    built = checkout.build()
    plan = events(checkout, "push release", "push", built, "--dry-run")
    done = events(checkout, "push release", "push", built)
    assert (plan["event"], done["event"]) == ("plan", "done")
    released = events(checkout, "push release", "release", built, "--version", "1.0.5")
    assert [one["tag"] for one in released["tags"]] == ["1.0.5", "1.0", "1", "latest"]


def test_tags_print_what_this_checkout_is_called(checkout: Checkout) -> None:
    check("tags", printed(checkout, "tags"))
    check("init", printed(checkout, "init", "--force"))


def test_what_there_is_and_what_has_changed(checkout: Checkout, image: str) -> None:
    platform = f"{checkout.image}-s390x:1.0"
    checkout.run("copy", image, platform, "--platform", "linux/s390x", "--no-referrers")
    shown = printed(checkout, "inspect", image)
    check("inspect", shown)
    assert shown["images"]
    assert shown["referrers"]
    difference = printed(checkout, "diff", image, platform)
    check("diff", difference)
    assert difference["platforms"]
    for place in (checkout.host, image.rpartition(":")[0]):
        check("ls", printed(checkout, "ls", place))


def test_a_history_and_what_was_restored(checkout: Checkout) -> None:
    for _ in range(2):
        checkout.done("push", checkout.build())
    moves = printed(checkout, "history", f"{checkout.image}:develop")
    check("history", moves)
    assert len(moves) == 2
    check("restore", printed(checkout, "restore", f"{checkout.image}:develop"))


def test_logs_are_lines_and_what_is_to_be_known_of_hosts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show = Printer(is_json=True, has_times=False)
    show(Answer("web-1", Told((Line(1764010800_000000042, "web", "hello"),), is_cut=True)))
    show(Answer("web-2", Told(problem="it is down")))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for line in lines:
        check("logs", json.loads(line))


def test_every_command_that_ships_is_described() -> None:
    """The others are on the data folder, or ask the management API, which describes itself."""
    described = {word for title in SCHEMAS for word in title.split()} & COMMANDS.keys()
    shipping = {
        name
        for name in COMMANDS
        if not hasattr(import_module(f"longshore.cli.{name}"), "app")
        for each in command(name).registered_commands
        if (options := inspect.signature(each.callback or print).parameters.keys())
        if "as_json" in options and not {"server", "config"} & options
    }
    assert shipping <= described
    # Of a server or of the folder.
    assert described - shipping <= {"diff", "history", "logs", "restore"}


def test_exit_codes_are_those_of_the_program() -> None:
    page = (DOCS / "exit-codes.md").read_text(encoding="utf-8")
    told = [int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)]
    assert told == [0, FAILED, WRONGLY_ASKED, FORBIDDEN, SAME, INTERRUPTED]
