"""What containers have written, as engines tell it."""

from typing import Any, cast

import docker
import pytest
from docker.errors import APIError

from longshore.delivery.rollouts.execution import StepFailed, Unavailable
from longshore.delivery.rollouts.services import Service
from longshore.engine.logs import SECOND, Logs, Written, lines_of

WEB = Service("web", "team/web")
AT = 1764010800 * SECOND  # 2025-11-24T19:00:00Z


class Engine:
    """Containers with what each has written."""

    def __init__(self, **written: str | Exception) -> None:
        self.written = written
        self.asked: list[tuple[str, int, int | None]] = []

    def logs(self, which: str, *, timestamps: bool, tail: int, since: int | None) -> bytes:
        assert timestamps
        self.asked.append((which, tail, since))
        written = self.written[which]
        if isinstance(written, Exception):
            raise written
        return written.encode()

    def of(self, *names: str, running: bool = True) -> list[dict[str, Any]]:
        return [{"Id": name, "Name": f"/{name}", "State": {"Running": running}} for name in names]


def logs(engine: Engine, *found: dict[str, Any]) -> Logs:
    return Logs(cast("docker.APIClient", engine), lambda _: list(found))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2025-11-24T19:00:00.000000001Z hello", (AT + 1, "hello")),
        ("2025-11-24T19:00:00.5Z  two  spaces ", (AT + SECOND // 2, " two  spaces ")),
        ("2025-11-24T21:00:00.25+02:00 podman's own zone", (AT + SECOND // 4, "podman's own zone")),
        ("2025-11-24T19:00:00Z of a terminal\r", (AT, "of a terminal")),
        ("2025-11-24T19:00:00.000000000Z ", (AT, "")),
        ("2025-11-24T19:00:00.000000000Z", (AT, "")),
        ("no time at all", (0, "no time at all")),
    ],
)
def test_a_line_has_its_time(line: str, expected: tuple[int, str]) -> None:
    assert list(lines_of(f"{line}\n".encode(), "web")) == [Written(expected[0], "web", expected[1])]


def test_what_is_no_text_is_replaced_and_nothing_ends_the_reading() -> None:
    content = b"2025-11-24T19:00:00Z \xff\x00\x1b[2J\n\nwithout a time\n2025-11-24T19:00:01Z last"
    assert list(lines_of(content, "web")) == [
        Written(AT, "web", "\ufffd\x00\x1b[2J"),
        Written(AT, "web", "without a time"),
        Written(AT + SECOND, "web", "last"),
    ]


def test_a_long_line_is_whole_again() -> None:
    stamp = "2025-11-24T19:00:00.000000000Z "
    pieces = ["x" * 16384, "y" * 16384, "z" * 10]
    content = "".join(f"{stamp}{piece}" for piece in pieces) + f"\n{stamp}end\n"
    whole, end = lines_of(content.encode(), "web")
    assert (whole.text, end.text) == ("".join(pieces), "end")
    quoted = f"{stamp}it said {stamp}in the middle of a line"
    [line] = lines_of(quoted.encode(), "web")
    assert line.text == quoted.removeprefix(stamp)


def test_lines_of_several_containers_are_in_their_order_and_none_comes_twice() -> None:
    engine = Engine(
        new="2025-11-24T19:00:02Z three\n2025-11-24T19:00:04Z five\n",
        old="2025-11-24T19:00:01Z two\n2025-11-24T19:00:00.9Z one\n",
    )
    found = logs(engine).read(engine.of("new", "old"), 7, AT + SECOND)
    assert found == [
        Written(AT + 2 * SECOND, "new", "three"),
        Written(AT + 4 * SECOND, "new", "five"),
    ]
    assert engine.asked == [("new", 7, AT // SECOND + 1), ("old", 7, AT // SECOND + 1)]
    assert len(logs(engine).read(engine.of("new", "old"), 7, 0)) == 4
    assert engine.asked[-1] == ("old", 7, None)


def test_those_that_run_are_read_or_else_the_last_that_did() -> None:
    engine = Engine()
    run, ended = engine.of("a", "b"), engine.of("c", "d", running=False)
    assert logs(engine, ended[0], *run).containers(WEB) == run
    assert logs(engine, *ended).containers(WEB) == ended[:1]
    assert logs(engine).containers(WEB) == []


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (APIError("configured logging driver does not support reading"), StepFailed),
        (ConnectionError("gone"), Unavailable),
    ],
)
def test_what_an_engine_does_not_keep_is_told(problem: Exception, kind: type[Exception]) -> None:
    engine = Engine(web=problem)
    with pytest.raises(kind):
        logs(engine).read(engine.of("web"), 7, 0)
