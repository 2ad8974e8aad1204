"""Hooks of a host: files that are run, what they are told, and what their ends mean."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from longshore.agent import commands
from longshore.agent.hooks import HookedExecutor, Hooks
from longshore.delivery.rollouts.execution import (
    Failure,
    Rollout,
    StepFailed,
    Unavailable,
    roll_out,
)
from longshore.delivery.rollouts.planning import Running
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.steps import AFTER, BEFORE, VERIFY, Hook
from tests.delivery.rollouts.dock import Dock
from tests.delivery.rollouts.material import IMAGE, OTHER_IMAGE, WEB, container_of
from tests.processes import PATIENCE

OLD_ONE = container_of(Release(WEB, IMAGE, 1))
ROLLOUT = Rollout(Release(WEB, OTHER_IMAGE, 2), Running(OLD_ONE))
FAILURE = Failure(ROLLOUT.release, "gate new", "it ended with 3")


class Folder:
    """A folder of hooks, and what they wrote to `seen` beside it."""

    def __init__(self, root: Path) -> None:
        self.path = root / "hooks"
        self.path.mkdir(mode=0o755)
        self.seen = root / "seen"

    def add(self, name: str, lines: str, mode: int = 0o755) -> Path:
        path = self.path / name
        path.write_text(f"#!/bin/sh\n{lines}\n")
        path.chmod(mode)
        return path

    def hooks(self, seconds: float = PATIENCE) -> Hooks:
        environ = {"PATH": os.environ["PATH"], "SEEN": str(self.seen), "HOOK_HOST": "web-1"}
        return Hooks(self.path, environ, seconds)

    def run(self, step: Hook, rollout: Rollout = ROLLOUT, seconds: float = PATIENCE) -> None:
        self.hooks(seconds).run(step, rollout)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_host_alone_says_which_there_are(folder: Folder) -> None:
    assert folder.hooks().moments("web") == ()
    folder.add("before", "true")
    folder.add("after-web", "true")
    assert folder.hooks().moments("web") == (BEFORE, AFTER)
    assert folder.hooks().moments("db") == (BEFORE,)


def test_one_of_a_service_takes_the_place_of_that_of_all(folder: Folder) -> None:
    folder.add("before", "echo all > $SEEN")
    folder.add("before-web", "echo web > $SEEN")
    folder.run(Hook(BEFORE))
    assert folder.seen.read_text() == "web\n"


def test_they_are_told_what_comes_and_what_was_there(folder: Folder) -> None:
    folder.add("before", "env | grep ^HOOK_ | sort > $SEEN; test $# = 0 && pwd >> $SEEN")
    folder.run(Hook(BEFORE, "web"))
    assert folder.seen.read_text().splitlines() == [
        "HOOK_CONTAINER=web",
        "HOOK_DEPLOYMENT=2",
        f"HOOK_DIGEST=sha256:{'2' * 64}",
        "HOOK_HOST=web-1",
        f"HOOK_IMAGE={OTHER_IMAGE}",
        "HOOK_MOMENT=before",
        f"HOOK_PREVIOUS_DIGEST=sha256:{'1' * 64}",
        f"HOOK_PREVIOUS_IMAGE={IMAGE}",
        "HOOK_SERVICE=web",
        str(folder.path),
    ]


@pytest.mark.parametrize(
    ("rollout", "told"),
    [
        (ROLLOUT, "deployed"),
        (replace(ROLLOUT, failure=FAILURE), "rolled-back gate new: it ended with 3"),
        (
            replace(ROLLOUT, failure=replace(FAILURE, is_restored=False)),
            "failed gate new: it ended with 3",
        ),
        (
            replace(ROLLOUT, failure=FAILURE, running=Running()),
            "failed gate new: it ended with 3",
        ),
    ],
    ids=["deployed", "rolled-back", "not-restored", "first"],
)
def test_one_after_is_told_the_end(folder: Folder, rollout: Rollout, told: str) -> None:
    folder.add("after", "echo $HOOK_OUTCOME $HOOK_REASON > $SEEN")
    folder.run(Hook(AFTER), rollout)
    assert folder.seen.read_text() == f"{told}\n"


def test_a_reason_may_have_anything_in_it(folder: Folder) -> None:
    folder.add("after", 'echo "$HOOK_REASON" > $SEEN')
    strange = replace(FAILURE, cause="$(touch here); \0 `id`")
    folder.run(Hook(AFTER), replace(ROLLOUT, failure=strange))
    assert folder.seen.read_text() == "gate new: $(touch here);  `id`\n"


def test_what_it_printed_last_is_kept_when_it_fails(folder: Folder) -> None:
    path = folder.add("verify", "seq 5000; echo no answer >&2; exit 3")
    with pytest.raises(StepFailed) as failed:
        folder.run(Hook(VERIFY))
    assert failed.value.cause == f"{path} ended with 3"
    assert failed.value.answer.endswith("4999\n5000\nno answer")
    assert len(failed.value.answer) <= commands.OUTPUT_LIMIT


def test_one_that_is_killed_has_failed(folder: Folder) -> None:
    folder.add("before", "kill -KILL $$")
    with pytest.raises(StepFailed, match="was ended by SIGKILL"):
        folder.run(Hook(BEFORE))


def test_one_before_can_put_it_off_and_others_can_not(folder: Folder) -> None:
    folder.add("before", "echo a backup runs; exit 75")
    folder.add("verify", "exit 75")
    with pytest.raises(Unavailable, match="puts it off: a backup runs"):
        folder.run(Hook(BEFORE))
    with pytest.raises(StepFailed, match="ended with 75"):
        folder.run(Hook(VERIFY))


def test_one_that_takes_too_long_may_tidy_up(folder: Folder) -> None:
    folder.add("before", "trap 'echo tidied; exit' TERM; sleep 600 & wait")
    with pytest.raises(StepFailed, match="has not ended within 1 s") as failed:
        folder.run(Hook(BEFORE), seconds=1)
    assert failed.value.answer == "tidied"


def test_one_that_is_deaf_ends_with_all_that_it_started(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "GRACE", 0.1)
    folder.add("before", "trap '' TERM; sleep 600 & sleep 600")
    with pytest.raises(StepFailed, match="has not ended within"):
        folder.run(Hook(BEFORE), seconds=0.2)
    folder.add("before", "true")
    folder.run(Hook(BEFORE))  # it waits for whatever of it is left


def test_what_it_leaves_behind_holds_up_nobody(folder: Folder) -> None:
    folder.add("before", "sleep 600 &")
    folder.run(Hook(BEFORE))
    folder.run(Hook(BEFORE))


@pytest.mark.parametrize(("mode", "advice"), [(0o775, "chmod go-w"), (0o757, "chmod go-w")])
def test_one_that_others_may_write_is_not_run(folder: Folder, mode: int, advice: str) -> None:
    folder.add("before", "echo run > $SEEN", mode)
    with pytest.raises(StepFailed, match=advice):
        folder.run(Hook(BEFORE))
    folder.add("before", "echo run > $SEEN")
    folder.path.chmod(0o777)
    with pytest.raises(StepFailed, match=f"{folder.path} may be written by others"):
        folder.run(Hook(BEFORE))
    assert not folder.seen.exists()


def test_one_that_can_not_be_run_stops_the_rollout(folder: Folder) -> None:
    folder.add("before", "true", mode=0o644)
    with pytest.raises(StepFailed, match="can not be run: Permission denied"):
        folder.run(Hook(BEFORE))
    folder.add("before", "true").write_text("no program")
    with pytest.raises(StepFailed, match="can not be run: Exec format error"):
        folder.run(Hook(BEFORE))


def test_one_that_leads_nowhere_stops_the_rollout(folder: Folder) -> None:
    (folder.path / "before").symlink_to(folder.path / "nowhere")
    assert folder.hooks().moments("web") == (BEFORE,)
    with pytest.raises(StepFailed, match="can not be run: No such file"):
        folder.run(Hook(BEFORE))


def test_one_that_is_gone_by_then_is_not_missed(folder: Folder) -> None:
    folder.run(Hook(BEFORE))


def test_they_run_in_a_rollout_and_all_else_is_the_engines(folder: Folder) -> None:
    there = Dock()
    executor = HookedExecutor(there, folder.hooks())
    folder.add("before", "echo $HOOK_MOMENT >> $SEEN")
    folder.add("after-web", "echo $HOOK_MOMENT $HOOK_OUTCOME >> $SEEN")
    assert roll_out(executor, there, Release(WEB, IMAGE, 1)).result == "deployed"
    assert folder.seen.read_text() == "before\nafter deployed\n"
    folder.add("verify", "exit 1")
    failure = roll_out(executor, there, Release(WEB, OTHER_IMAGE, 2)).failure
    assert failure is not None
    assert failure.logs == "I can not start"  # as the dock has it
    assert there.named("web").image == IMAGE


AGENT = """
import sys
from pathlib import Path
from longshore.agent.commands import run
run(Path(sys.argv[1]), {"PATH": "/usr/bin:/bin", "SEEN": sys.argv[2], "GO": sys.argv[3]}, 60)
"""


def test_one_that_outlives_the_agent_is_waited_for(folder: Folder, tmp_path: Path) -> None:
    """Never are there two at one time; it runs again, for nobody knows how it ended."""
    go = tmp_path / "go"
    os.mkfifo(go)
    path = folder.add(
        "before", "echo begun >> $SEEN; read word < ${GO:-/dev/null}; echo ended >> $SEEN"
    )
    agent = subprocess.Popen([sys.executable, "-c", AGENT, path, folder.seen, go])
    with go.open("w") as told:  # opens when the hook reads
        agent.kill()
        agent.wait()
        with pytest.raises(Unavailable, match="has not ended yet"):
            folder.run(Hook(BEFORE), seconds=0)
        again = threading.Thread(target=folder.run, args=(Hook(BEFORE),))
        again.start()
        told.write("go\n")
    again.join(PATIENCE)
    assert folder.seen.read_text().split() == ["begun", "ended"] * 2
