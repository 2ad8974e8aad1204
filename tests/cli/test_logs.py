"""`longshore logs`: at a server and on its machine, of a host that answers as agents do."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from longshore.agent.asking import Server as Asking
from longshore.agent.logs import Listener
from longshore.agent.ports import Report
from longshore.cli.logs import CUT, Printer, printable
from longshore.client.logs import Line, Told
from longshore.client.management import Management, Secret, of_application, of_server
from longshore.client.reading import Answer
from longshore.delivery.rollouts.services import Service
from longshore.engine.inspection import Inspected
from longshore.engine.logs import SECOND, Written
from longshore.server import local
from longshore.server.config import Settings
from tests.agent.desk import Desk
from tests.cli.managed import Elsewhere, Folder
from tests.cli.program import WIDE
from tests.content import index
from tests.filled import Filled
from tests.serving import Server

AT = 1764010800 * SECOND  # 2025-11-24T19:00:00Z
ENVIRONMENT = {
    "name": "staging",
    "services": [{"name": "app", "image": "team/app"}],
    "agents": ["host"],
    "deployers": ["dev"],
}


class Engine:
    """One container, which has written these lines, a second after another, and writes more."""

    def __init__(self) -> None:
        texts = ("one", "\x1b[32mgreen\x1b[0m \x1b[2J\x07", "three")
        self.lines = [Written(AT + at * SECOND, "app-1", text) for at, text in enumerate(texts)]

    def write(self, text: str) -> None:
        self.lines.append(Written(time.time_ns(), "app-1", text))

    def containers(self, service: Service) -> Sequence[Inspected]:
        return [{"Id": service.name}]

    def read(self, containers: Sequence[Inspected], tail: int, after: int) -> list[Written]:
        assert containers
        found = [line for line in self.lines if line.at > after]
        return found[max(0, len(found) - tail) :]


class Place(NamedTuple):
    """A server whose environment has one host; seen from its machine, and by a deployer."""

    here: Folder
    deployer: Elsewhere
    agent: Elsewhere
    engine: Engine


def _filled(root: Path) -> dict[str, str]:
    """Secrets of `dev` and `host`; what runs in `staging` is deployed."""

    def robot(name: str) -> str:
        secret: str = management.ask("POST", "/robots", {"name": name})["secret"]
        return secret

    with (
        local.opened(Settings(root=root), may_make=True) as opened,
        closing(of_application(opened.app)) as management,
    ):
        secrets = {name: robot(name) for name in ("dev", "host")}
        Filled(root).push("team/app", index(), "1.0")
        management.ask("PUT", "/environments", {"environments": [ENVIRONMENT]})
        management.ask("POST", "/environments/staging/deploy", {"reference": "1.0"})
    return secrets


def _listening(management: Management, engine: Engine, end: threading.Event) -> threading.Thread:
    """A host that has reported what it runs, and answers until the end."""
    asking = Asking(management, "registry", "staging", "web-1")
    due = asking.wait(None, 0)
    assert due is not None
    [release] = due.releases
    asking.report([Report("app", release.number, "healthy", release.image)])
    listener = Listener(asking, engine, Desk([], due=due))
    thread = threading.Thread(target=listener.run, args=(end,))
    thread.start()
    return thread


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    root = tmp_path_factory.mktemp("logs") / "data"
    secrets, engine, end = _filled(root), Engine(), threading.Event()
    server = Server(root, options=("--workers", "2"))
    with closing(of_server(server.url, Secret(secrets["host"]))) as management:
        with server:
            host = _listening(management, engine, end)
            deployer, agent = (Elsewhere(server.url, secrets[name]) for name in ("dev", "host"))
            yield Place(Folder(root), deployer, agent, engine)
            end.set()
        host.join()


def test_the_last_lines_come_from_the_host_with_nothing_that_a_terminal_obeys(place: Place) -> None:
    assert place.deployer.do("logs", "staging", "app").splitlines() == [
        "web-1 | one",
        "web-1 | green \\x1b[2J\\x07",
        "web-1 | three",
    ]
    last = place.deployer.do("logs", "staging", "app", "--tail", "1", "--timestamps")
    assert last == "web-1 | 2025-11-24T19:00:02.000000000Z three\n"
    assert place.deployer.do("logs", "staging", "app", "--since", "1h", "--host", "web-1") == ""


def test_on_the_machine_of_the_server_it_is_the_same_and_json_has_all(place: Place) -> None:
    printed = place.here.do("logs", "staging", "app", "--json")
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line["text"] for line in lines] == [line.text for line in place.engine.lines]
    assert lines[0] == {
        "host": "web-1",
        "container": "app-1",
        "at": "2025-11-24T19:00:00.000000000Z",
        "text": "one",
    }
    assert printed.replace("\n", "").isprintable()


def test_what_comes_is_followed(place: Place) -> None:
    words = ["logs", "staging", "app", "--follow", "--tail", "1", "--server", place.deployer.url]
    following = subprocess.Popen(
        [sys.executable, "-m", "longshore", *words],
        stdout=subprocess.PIPE,
        text=True,
        env=WIDE | {"LONGSHORE_TOKEN": place.deployer.secret},
    )
    assert following.stdout is not None
    with following.stdout as lines:
        assert lines.readline() == "web-1 | three\n"
        for number in range(2):
            place.engine.write(f"more {number}")
            assert lines.readline() == f"web-1 | more {number}\n"
        following.kill()
    following.wait()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("logs", "staging", "db"), 1, "has no service db: it has app"),
        (("logs", "staging", "app", "--host", "web-2"), 1, "has no host web-2"),
        (("logs", "nowhere", "app"), 1, "no environment nowhere"),
        (("logs", "staging", "app", "--since", "10"), 2, "--since: write a duration"),
        (("logs", "staging", "app", "--tail", "-1"), 2, "--tail"),
    ],
)
def test_what_is_not_there_is_told(
    place: Place, words: tuple[str, ...], code: int, told: str
) -> None:
    done = place.deployer.run(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr


def test_a_host_may_not_read_what_it_answers_to_others(place: Place) -> None:
    refused = place.agent.run("logs", "staging", "app")
    assert refused.returncode == 3
    assert "host may not read the logs of staging" in refused.stderr


def test_no_line_is_in_any_file_of_the_server_nor_in_its_log(place: Place) -> None:
    word = "tangerine"
    place.engine.write(f"the key is {word}")
    assert word in place.deployer.do("logs", "staging", "app", "--tail", "1")
    written = [path for path in place.here.root.rglob("*") if path.is_file()]
    written.append(place.here.root.with_name(f"{place.here.root.name}.log"))
    assert any(b"logs.read" in path.read_bytes() for path in written), "that somebody has read"
    assert [path for path in written if word.encode() in path.read_bytes()] == []


def test_what_is_to_be_known_of_a_host_is_told_once_while_it_lasts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show = Printer(is_json=False, has_times=False)
    for problem in ("does not answer", "does not answer", "", "does not answer"):
        show(Answer("web-1", Told(problem=problem)))
    show(Answer("web-2", Told((Line(1, "app", "one"),), is_cut=True)))
    printed = capsys.readouterr()
    assert printed.err == f"web-1: does not answer\nweb-1: does not answer\nweb-2: {CUT}\n"
    assert printed.out == "web-2 | one\n"


def test_who_reads_nothing_from_anybody_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    show = Printer(is_json=True, has_times=False)
    show(Answer("web-1", Told(problem="it is down")))
    assert not show.has_read
    assert json.loads(capsys.readouterr().out) == {"host": "web-1", "note": "it is down"}
    show(Answer("web-2", Told()))
    assert show.has_read


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße, 世界\ttab", "Grüße, 世界\ttab"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("over\rwritten", "over\\rwritten"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202egnirts", "\\u202egnirts"),
        ("1\u00a0000", "1\u00a0000"),
    ],
)
def test_only_what_can_be_read_reaches_a_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown
