"""Services of a Compose project, rolled out with the real Compose on real engines.

Either the new image runs and is well, or the old one runs again with its data; and who types
`docker compose up` afterwards changes nothing.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from longshore.delivery.rollouts.execution import Unavailable, roll_out
from longshore.delivery.rollouts.health import Health, Probe
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.services import Service
from longshore.engine import pulling
from tests.clients.composing import SERVICE, ComposeHost, brought_up, override
from tests.clients.engines import ENGINE_20, ENGINE_CURRENT, Engine
from tests.clients.rolling import END, QUICK, RUNNING, Host, failure_of
from tests.depth import some

BAD: dict[str, tuple[dict[str, Any], Health, str]] = {
    "ends": ({"command": END}, QUICK, "started again|ended with 3"),
    "answers-404": ({}, replace(QUICK, http=Probe("/missing"), deadline=1), "not healthy within"),
    "no-such-program": ({"command": ["/nowhere"]}, QUICK, "no such file"),
    "for-another-platform": ({"architecture": "s390x"}, QUICK, "for"),
}


def test_another_image_runs_a_bad_one_does_not_and_a_manual_up_changes_nothing(
    composed: ComposeHost,
) -> None:
    for number, words in enumerate(("one", "two"), 1):
        image = composed.there.image(words)
        assert composed.roll_out(image, number).result == "deployed"
        assert composed.page() == words
        assert composed.data() == "precious"
        after = composed.container()
        assert after["Config"]["Image"] == image
        assert "GREETING=hello" in after["Config"]["Env"]
        assert override(composed.folder)["services"][SERVICE]["image"] == image

        composed.compose("up", "--detach")
        assert composed.container()["Id"] == after["Id"]
        assert composed.container()["State"]["StartedAt"] == after["State"]["StartedAt"]
        assert composed.roll_out(image, number).result == "unchanged"

    for number, bad in enumerate(some(list(BAD)), 3):
        _fails(composed, bad, number)
        assert composed.page() == "two", bad


def test_a_bad_image_leaves_the_one_of_its_user_with_its_data(
    engine: Engine, there: Host, tmp_path: Path
) -> None:
    """Every other one on each engine, and some of these: what an engine says of each is seen above,
    and no engine knows who was the first."""
    mine = some(list(BAD)[engine.name == "current" :: 2])
    for number, bad in enumerate(mine, 1):
        with brought_up(there, tmp_path / bad) as composed:
            _fails(composed, bad, number)
            assert composed.page() == "zero", bad


def _fails(composed: ComposeHost, bad: str, number: int) -> None:
    fields, health, reason = BAD[bad]
    image = composed.there.image(f"bad {number}", **fields)
    failure = failure_of(composed.roll_out(image, number, health))
    assert any(each in failure.cause for each in reason.split("|")), (bad, failure)
    assert composed.data() == "precious", bad
    before = composed.container()["Id"]
    composed.compose("up", "--detach")
    assert composed.container()["Id"] == before, bad


@ENGINE_20
def test_a_first_image_that_is_bad_leaves_nothing(composed: ComposeHost) -> None:
    composed.compose("down")
    failure_of(composed.roll_out(composed.there.image("bad", command=END), 1))
    assert composed.containers() == []
    assert override(composed.folder)["services"] == {}
    assert composed.roll_out(composed.there.image("one"), 2).result == "deployed"
    assert composed.data() == "precious"


@ENGINE_CURRENT
def test_an_override_of_the_user_is_left_alone(composed: ComposeHost) -> None:
    image, own = composed.there.image("one"), composed.folder / "compose.override.yaml"
    said = "services: {web: {environment: {GREETING: goodbye}}}\n"
    own.write_text(said)
    before = composed.container()["Id"]
    with pytest.raises(Unavailable, match=r"compose\.longshore\.yaml"):
        composed.roll_out(image, 1)

    ours = composed.folder / "compose.longshore.yaml"
    ours.write_text("services: {}\n")
    with pytest.raises(Unavailable, match="COMPOSE_FILE"):
        composed.roll_out(image, 1)
    assert composed.container()["Id"] == before

    files = f"COMPOSE_FILE=compose.yaml:{own.name}:{ours.name}\n"
    (composed.folder / ".env").write_text(files)
    composed.roll_out(image, 1)
    assert composed.page() == "one"
    after = composed.container()
    assert "GREETING=goodbye" in after["Config"]["Env"]
    assert own.read_text() == said
    composed.compose("up", "--detach")
    assert composed.container()["Id"] == after["Id"]


@ENGINE_CURRENT
def test_what_is_in_its_network_comes_along_and_what_is_not_there_does_not(
    composed: ComposeHost,
) -> None:
    composed.roll_out(composed.there.image("one"), 1)
    assert composed.containers("beside") == []
    composed.compose("up", "--detach", "beside")
    composed.roll_out(composed.there.image("two"), 2)
    failure_of(composed.roll_out(composed.there.image("bad", command=END), 3))
    assert composed.page() == "two"
    shared = composed.container("beside")["HostConfig"]["NetworkMode"]
    assert shared == f"container:{composed.container()['Id']}"


@ENGINE_20
def test_what_somebody_changes_by_hand_is_brought_back(composed: ComposeHost) -> None:
    image = composed.there.image("one")
    composed.roll_out(image, 1)
    composed.compose("stop", SERVICE)
    assert composed.roll_out(image, 1).result == "mended"
    assert composed.page() == "one"
    (composed.folder / "compose.override.yaml").unlink()
    composed.compose("up", "--detach")
    assert composed.run("cat", "/www/health") == "zero"
    composed.roll_out(image, 1)
    assert composed.page() == "one"


@ENGINE_20
def test_what_is_wrong_with_the_project_changes_nothing_until_it_is_right(
    composed: ComposeHost,
) -> None:
    file, image = composed.folder / "compose.yaml", composed.there.image("one")
    right, before = file.read_text(), composed.container()["Id"]
    for wrong, reason in (
        ("services: {web: 1}", "web"),
        (right.replace("  web:", "  www:"), "no such service"),
        (right.replace("restart: always", "scale: 2"), "2 containers"),
    ):
        file.write_text(wrong)
        with pytest.raises(Unavailable, match=reason):
            composed.roll_out(image, 1)
    file.write_text(right)
    assert composed.container()["Id"] == before
    assert composed.roll_out(image, 1, RUNNING).result == "deployed"


@ENGINE_CURRENT
def test_images_before_the_last_few_go(
    composed: ComposeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "FRESH", timedelta())
    there = composed.there
    service = Service(SERVICE, there.repository.name, health=RUNNING, keep=1)
    images = [there.image(f"{number}") for number in range(3)]
    for number, image in enumerate(images):
        roll_out(composed.executor, there.journal, Release(service, image, number))
    assert [there.has(image) for image in images] == [False, True, True]
