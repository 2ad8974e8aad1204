"""Commands of the host in rollouts on real engines, with containers and in a Compose project."""

from pathlib import Path

from longshore.agent.hooks import HookedExecutor, Hooks
from longshore.delivery.rollouts.execution import Executor, Outcome, roll_out
from longshore.delivery.rollouts.release import Release
from tests.clients.composing import ComposeHost
from tests.clients.engines import ENGINE_20, in_turn
from tests.clients.rolling import ORDERS, RUNNING, Host, essence, failure_of
from tests.processes import PATIENCE

ASK = "docker exec $HOOK_CONTAINER /bin/busybox cat /www/health"


def hooked(there: Host, executor: Executor, **lines: str) -> HookedExecutor:
    """The executor with a hook for each of these, which write to `seen`."""
    folder: Path = there.folder / "hooks"
    folder.mkdir(exist_ok=True)
    for moment, line in lines.items():
        path = folder / moment
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
    environ = {"PATH": "/usr/bin:/bin", "SEEN": str(there.folder / "seen")}
    return HookedExecutor(executor, Hooks(folder, environ | there.engine.environment, PATIENCE))


def seen(there: Host) -> list[str]:
    return (there.folder / "seen").read_text().split()


@in_turn("order", ORDERS)
def test_hooks_find_the_container_that_they_are_for(there: Host, order: str) -> None:
    service = there.service(network_mode="none", health=RUNNING, order=order)
    ask = f"{{ echo $HOOK_MOMENT $HOOK_OUTCOME; {ASK}; echo; }} >> $SEEN"
    there.roll_out(service, there.image("one"), 1)
    executor = hooked(there, there.executor, before=ask, verify=ask, after=ask)

    def roll(words: str, number: int) -> Outcome:
        return roll_out(executor, there.journal, Release(service, there.image(words), number))

    assert roll("two", 2).result == "deployed"
    assert seen(there) == ["before", "one", "verify", "two", "after", "deployed", "two"]

    before = there.inspect()
    hooked(there, there.executor, verify="echo not good; exit 1")
    assert failure_of(roll("three", 3)).answer == "not good"
    assert essence(there.inspect()) == essence(before)
    assert seen(there)[-3:] == ["after", "rolled-back", "two"]

    hooked(there, there.executor, before="echo no backup; exit 1")
    assert failure_of(roll("four", 4)).answer == "no backup"
    assert essence(there.inspect()) == essence(before)
    if order == "start-first":
        assert there.inspect()["State"] == before["State"]


@ENGINE_20
def test_a_compose_project_stays_as_it_is_where_one_before_fails(composed: ComposeHost) -> None:
    there = composed.there
    executor = hooked(there, composed.executor, before="echo no backup; exit 1")
    before = composed.container()
    failure = failure_of(roll_out(executor, there.journal, composed.release(there.image("one"), 1)))
    assert failure.answer == "no backup"
    assert composed.container() == before
    assert not (composed.folder / "compose.override.yaml").exists()

    ask = f"{ASK} >> $SEEN"
    hooked(there, composed.executor, before=ask, verify="true", after="echo $HOOK_OUTCOME >> $SEEN")
    done = roll_out(executor, there.journal, composed.release(there.image("two"), 2))
    assert done.result == "deployed"
    assert composed.page() == "two"
    hooked(there, composed.executor, verify="exit 1")
    failure_of(roll_out(executor, there.journal, composed.release(there.image("three"), 3)))
    assert composed.page() == "two"
    assert seen(there) == ["zerodeployed", "tworolled-back"]
