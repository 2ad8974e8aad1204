"""`longshore env`, `status`, and the commands that change an environment by hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.managed import Elsewhere, Folder
from tests.cli.program import longshore_in
from tests.content import index
from tests.filled import Filled
from tests.serving import Server

FILE = """
image: registry.example.com/team/app
services: {web: {}}
environments:
  staging: {follow: master}
  production: {follow: 1.x, approvals: 1, promote_from: staging}
"""


class Content(Folder):
    """A folder of data, and what is pushed into it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._filled = Filled(root)

    def push(self, number: int, *tags: str, repository: str = "team/app") -> str:
        pushed = index(annotations={"number": str(number)})
        self._filled.push(repository, pushed, *tags)
        return str(pushed.digest)


@pytest.fixture
def folder(tmp_path: Path) -> Content:
    return Content(tmp_path / "data")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "longshore.yaml"
    path.write_text(FILE)
    return str(path)


def test_a_file_is_planned_and_applied(folder: Content, file: str) -> None:
    planned = folder.do("env", "apply", "--file", file, "--dry-run")
    assert planned.splitlines() == [
        "WOULD   ENVIRONMENT  FIELDS",
        "create  staging",
        "create  production",
    ]
    assert folder.json("env", "list") == []
    assert folder.do("env", "apply", "--file", file).startswith("DONE")
    assert [one["act"] for one in folder.json("env", "apply", "--file", file)] == ["keep"] * 2
    assert folder.do("env", "list").splitlines() == [
        "NAME        TRACK           IMAGES",
        "production  follows 1.x     team/app",
        "staging     follows master  team/app",
    ]
    Path(file).write_text(FILE.replace("approvals: 1", "approvals: 2"))
    changed = folder.do("env", "apply", "--file", file).splitlines()
    assert changed[-1].split() == ["change", "production", "approvals"]


def test_an_environment_is_made_shown_and_removed(folder: Content) -> None:
    words = ("env", "create", "staging", "--follow", "master", "--image", "team/app")
    assert folder.do(*words, "--verify", "http:8080/health") == "staging follows master.\n"
    assert folder.run(*words).returncode == 1
    found = json.loads(folder.do("env", "show", "staging"))
    [service] = found["declared"]["services"]
    assert (service["name"], service["image"]) == ("app", "team/app")
    assert service["health"]["http"] == {
        **service["health"]["http"],
        "path": "/health",
        "port": 8080,
    }
    hosts = folder.run("env", "hosts", "staging")
    assert (hosts.returncode, hosts.stdout) == (0, "")
    assert "There are no hosts yet: `longshore env join-code staging`" in hosts.stderr
    assert folder.do("env", "remove", "staging") == "There is no environment staging any more.\n"
    assert folder.run("env", "remove", "staging").returncode == 1
    assert [line["act"] for line in folder.json("env", "history", "staging")] == [
        "remove",
        "create",
    ]


def test_what_proves_the_service_of_a_checkout_can_be_said(folder: Content, file: str) -> None:
    words = ("env", "create", "staging", "--verify", "http:/health", "--root", str(folder.root))
    checkout = Path(file).parent
    assert longshore_in(checkout, *words).returncode == 0
    [service] = json.loads(folder.do("env", "show", "staging"))["declared"]["services"]
    assert service["name"] == "web"
    assert (service["health"]["http"]["path"], service["health"]["http"]["port"]) == ("/health", 80)
    Path(file).write_text(FILE.replace("services: {web: {}}", "services: {web: {}, worker: {}}"))
    refused = longshore_in(checkout, *words)
    assert refused.returncode == 2
    assert "--verify is for one service" in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("staging", "--follow", "x", "--pin", "y", "--image", "app"),
        ("staging", "--image", "App"),
        ("staging", "--image", "app", "--verify", "tcp:80"),
        ("staging", "--verify", "http:/health"),
        ("-", "--image", "app"),
    ],
)
def test_what_is_no_environment_is_refused(folder: Content, words: tuple[str, ...]) -> None:
    folder.add_user("alice")
    assert folder.run("env", "create", *words).returncode == 2


def test_it_is_operated_by_hand(folder: Content) -> None:
    folder.do("env", "create", "staging", "--follow", "master", "--image", "team/app")
    assert "staging      team/app                 nothing yet" in folder.do("status").splitlines()
    assert folder.run("pin", "staging").returncode == 3
    first = folder.push(1, "1.0.1")
    second = folder.push(2, "1.0.2")
    told = folder.do("deploy", "staging", "app:1.0.1", "--reason", "first")
    assert told == (
        f"staging is to run team/app:1.0.1 ({first[7:19]}).\n"
        "It stays there until `longshore resume staging`.\n"
    )
    assert folder.json("deploy", "staging", f"team/app@{second}")["deployment"]["digest"] == second
    assert folder.json("deploy", "staging", "1.0.2")["deployment"]["digest"] == second
    assert folder.run("rollback", "staging").returncode == 3
    back = folder.json("rollback", "staging", "app", "--to", "1.0.1", "--reason", "slow")
    assert (back["deployment"]["digest"], back["hold"]["reason"]) == (first, "slow")
    assert folder.json("pin", "staging", "app:1.0.2")["hold"]["cause"] == "pin"
    assert [one["hold"] for one in folder.json("resume", "staging")] == [None]
    assert folder.do("resume", "staging", "app").startswith("staging is to run")
    lines = folder.do("env", "history", "staging", "--limit", "2").splitlines()
    assert lines[0].split() == ["WHEN", "ACT", "WHO", "IMAGE", "REASON"]
    assert "resume" in lines[1]


def test_two_environments_are_compared_and_told_from_images(folder: Content, file: str) -> None:
    folder.do("env", "apply", "--file", file)
    first = folder.push(1, "1.0.1", "master")
    folder.do("deploy", "staging", "1.0.1")
    found = folder.json("diff", "staging", "production")
    assert found == folder.json("env", "diff", "staging", "production")
    [image] = found["images"]
    assert (image["before"]["digest"], image["after"]) == (first, None)
    assert folder.run("diff", "staging", "staging", "--exit-code").returncode == 4
    unknown = folder.run("diff", "staging", "qa")
    assert unknown.returncode == 2
    assert "staging is an environment, and qa is none" in unknown.stderr
    for name in ("staging", "production"):
        folder.push(1, "1.0", repository=name)
    unclear = folder.run("diff", "staging", "production")
    assert unclear.returncode == 2
    assert "`longshore env diff staging production`" in unclear.stderr


def test_a_history_is_of_the_environment_or_of_the_repository(folder: Content) -> None:
    folder.do("env", "create", "staging", "--follow", "master", "--image", "team/app")
    folder.push(1, "master")
    assert folder.do("history", "staging") == folder.do("env", "history", "staging")
    assert [one["act"] for one in folder.json("history", "staging")] == ["create"]
    assert folder.json("history", "team/app")[0]["tag"] == "master"
    folder.push(1, "1.0", repository="staging")
    assert folder.json("history", "staging:1.0")[0]["tag"] == "1.0"
    unclear = folder.run("history", "staging")
    assert unclear.returncode == 2
    assert "`longshore env history staging`" in unclear.stderr
    assert folder.run("history", "nothing").returncode == 1


def test_a_freeze_ends_by_a_word_or_a_time(folder: Content) -> None:
    folder.do("env", "create", "staging", "--image", "team/app")
    folder.push(1, "1.0.1")
    told = folder.do("freeze", "staging", "--reason", "incident 7")
    assert told == "staging does not change until `longshore unfreeze staging`.\n"
    refused = folder.run("deploy", "staging", "1.0.1")
    assert refused.returncode == 3
    assert "staging does not change now: frozen by local: incident 7" in refused.stderr
    assert "staging: frozen by local: incident 7" in folder.do("status", "staging")
    assert folder.do("unfreeze", "staging") == "staging changes again.\n"
    frozen = {"environment": "staging", "reason": "fair", "until": None}
    assert folder.json("freeze", "staging", "--reason", "fair") == frozen
    assert folder.json("unfreeze", "staging") == {"environment": "staging", "reason": ""}
    folder.do("freeze", "staging", "--until", "2999-12-31T23:59")
    assert folder.run("freeze", "staging", "--until", "tomorrow").returncode == 2
    assert folder.run("freeze", "staging", "--until", "2001-01-01").returncode == 2
    assert folder.run("status", "nowhere").returncode == 1


@pytest.fixture
def elsewhere(folder: Content) -> Iterator[Elsewhere]:
    """The same, as somebody else sees it over the network."""
    secret = folder.json("robot", "add", "boss", "--grant", "**:admin")["secret"]
    with Server(folder.root) as server:
        yield Elsewhere(server.url, secret)


def test_somebody_else_approves_over_the_network(folder: Content, elsewhere: Elsewhere) -> None:
    folder.do("env", "create", "staging", "--image", "team/app", "--approvals", "1")
    folder.push(1, "1.0.1")
    told = folder.do("deploy", "staging", "1.0.1")
    assert told.endswith("waits: it awaits 1 of 1 approvals.\n")
    assert "waits: it awaits 1 of 1 approvals" in elsewhere.do("status")
    assert folder.run("approve", "staging").returncode == 3
    done = elsewhere.json("approve", "staging", "app:1.0.1", "--reason", "tested")
    assert done["deployment"]["who"] == "local"
    assert elsewhere.json("status", "staging")[0]["images"][0]["waiting"] is None
