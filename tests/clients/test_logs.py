"""What a service has written, as real engines keep it: with and without a terminal, and gone."""

import time

from longshore.delivery.rollouts.services import Service
from longshore.engine.logs import Logs, Written
from tests.clients.engines import ENGINE_20, ENGINE_CURRENT
from tests.clients.rolling import BUSYBOX, RUNNING, Host

WRITES = "echo one; echo two >&2; printf '\\033[2J\\377 three\\n'; printf 'no end'"
FOREVER = "exec /bin/busybox sleep 600"
LATEST = 2**62  # after whatever is written in this century


def shell(script: str) -> list[str]:
    return [BUSYBOX, "sh", "-c", script]


def logs(there: Host) -> Logs:
    return Logs(there.client, there.executor.containers_of)


def read(there: Host, service: Service, tail: int = 100, after: int = 0) -> list[Written]:
    found = logs(there)
    return found.read(found.containers(service), tail, after)


def written(there: Host, service: Service, count: int) -> list[Written]:
    """All lines, as soon as there are so many."""
    while len(lines := read(there, service)) < count:
        time.sleep(0.05)
    return lines


def test_lines_have_their_times_and_none_comes_twice(there: Host) -> None:
    service = there.service(network_mode="none", health=RUNNING)
    began = time.time_ns()
    image = there.image(command=shell(f"{WRITES}; {FOREVER}"))
    assert there.roll_out(service, image, 1).failure is None
    lines = written(there, service, 3)
    texts = {line.text for line in lines}
    assert {"one", "two", "\x1b[2J\ufffd three"} <= texts
    assert {line.container for line in lines} == {there.name}
    assert began - 10**9 < lines[0].at <= lines[-1].at < time.time_ns() + 10**9
    [last] = read(there, service, tail=1)  # in the engine's order, which may be another than time's
    assert last in lines[-2:]
    assert read(there, service, tail=0) == []
    for number, line in enumerate(lines):
        assert read(there, service, after=line.at) == lines[number + 1 :]
    assert read(there, service, after=LATEST) == []


@ENGINE_20
def test_the_new_one_is_read_and_the_old_one_no_more(there: Host) -> None:
    service = there.service(network_mode="none", health=RUNNING)
    assert logs(there).containers(service) == []
    for number, text in enumerate(("old", "new"), 1):
        image = there.image(command=shell(f"echo {text}; {FOREVER}"))
        assert there.roll_out(service, image, number).failure is None
        assert [line.text for line in written(there, service, 1)] == [text]
    there.client.stop(there.name, timeout=0)
    assert [line.text for line in read(there, service)] == ["new"], "the last that ran"


def test_a_terminal_is_read_as_any_other(there: Host) -> None:
    image = there.image()
    there.engine.docker(
        "run", "--detach", "--tty", "--name", there.name, image, *shell(f"echo one; {FOREVER}")
    )
    assert [line.text for line in written(there, there.service(), 1)] == ["one"]


@ENGINE_CURRENT
def test_a_service_that_ended_is_read_to_its_end(there: Host) -> None:
    service = there.service(network_mode="none", is_one_shot=True, health=RUNNING)
    image = there.image(command=shell("for i in 1 2 3; do echo $i; done"))
    assert there.roll_out(service, image, 1).failure is None
    assert [line.text for line in read(there, service)] == ["1", "2", "3"]


def test_a_long_line_comes_whole(there: Host) -> None:
    service = there.service(network_mode="none", health=RUNNING)
    script = f"head -c 40000 /dev/zero | {BUSYBOX} tr '\\0' x; echo; echo end; {FOREVER}"
    image = there.image(command=shell(script.replace("head", f"{BUSYBOX} head", 1)))
    assert there.roll_out(service, image, 1).failure is None
    lines = written(there, service, 2)
    assert [line.text for line in lines] == ["x" * 40000, "end"]
