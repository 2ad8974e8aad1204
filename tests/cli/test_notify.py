"""`longshore notify`, as a user types it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.wire import LOOK
from tests.cli.managed import Folder
from tests.receivers import WebReceiver, web_receiver
from tests.serving import Server


@pytest.fixture
def receiver() -> Iterator[WebReceiver]:
    with web_receiver() as receiver:
        yield receiver


def test_a_secret_is_alone_on_standard_output(folder: Folder, receiver: WebReceiver) -> None:
    done = folder.run("notify", "add", "ci", "--webhook", receiver.url)
    assert done.returncode == 0
    secret = done.stdout.removesuffix("\n")
    assert done.stderr.splitlines() == [
        "That is the secret that signs, which is shown this once.",
        "Added ci. To try it: longshore notify test ci",
    ]
    assert folder.do("notify", "test", "ci") == "Delivered: 200 ok\n"
    [received] = receiver.received
    assert received.is_signed_with(secret)


def test_a_secret_is_changed_while_the_former_one_is_good(
    folder: Folder, receiver: WebReceiver
) -> None:
    former = folder.do("notify", "add", "ci", "--webhook", receiver.url).strip()
    done = folder.run("notify", "rotate", "ci", "--overlap", "2h")
    secret = done.stdout.removesuffix("\n")
    shown, until = done.stderr.splitlines()
    assert shown == "That is the secret that signs, which is shown this once."
    assert until.startswith("Until ")
    folder.do("notify", "test", "ci")
    last = folder.json("notify", "rotate", "ci", "--overlap", "0s")["secret"]
    folder.do("notify", "test", "ci")
    both, alone = receiver.received
    assert both.is_signed_with(secret)
    assert both.is_signed_with(former)
    assert alone.is_signed_with(last)
    assert not alone.is_signed_with(secret)


def test_a_test_that_is_not_taken_fails_and_says_why(folder: Folder, receiver: WebReceiver) -> None:
    receiver.answer = lambda _: (403, {}, b"wrong channel")
    assert folder.do("notify", "add", "chat", "--slack", "-", given=f"{receiver.url}\n") == ""
    done = folder.run("notify", "test", "chat")
    expected = "Not delivered: it answers 403: wrong channel\n"
    assert (done.returncode, done.stdout) == (1, expected)
    done = folder.run("notify", "test", "chat", "--json")
    assert (done.returncode, '"is_delivered": false' in done.stdout) == (1, True)


def test_they_are_listed_and_removed(folder: Folder) -> None:
    hook = "https://ci.example.com/hook?token=planted-token"
    for words in (
        ("ci", "--webhook", hook, "--on", "failed, tag-moved", "--repositories", "team/**"),
        ("ops", "--email", "ops@example.com"),
    ):
        folder.do("notify", "add", *words)
    assert folder.do("notify", "list").splitlines() == [
        "NAME  TARGET                    EVENTS                     STATE",
        "ci    https://ci.example.com/…  failed, tag-moved team/**  nothing sent yet",
        "ops   ops@example.com           all                        nothing sent yet",
    ]
    first, _ = folder.json("notify", "list")
    assert (first["events"], first["repositories"]) == (["failed", "tag-moved"], "team/**")
    assert folder.do("notify", "remove", "ci") == "Removed ci.\n"
    assert folder.run("notify", "remove", "ci").returncode == 1
    assert len(folder.json("notify", "list")) == 1
    added = folder.json("notify", "add", "json", "--email", "a@b.example")
    assert added["secret"] is None


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--email", "a@b.example", "--webhook", "https://ci.example.com/"),
        ("--email", "nobody"),
        ("--webhook", "http://ci.example.com/"),
        ("--email", "a@b.example", "--on", "tag-moved,everything"),
        ("--email", "a@b.example", "--repositories", "Team"),
    ],
)
def test_what_can_not_be_is_refused(folder: Folder, words: tuple[str, ...]) -> None:
    assert folder.run("notify", "add", "ci", *words).returncode == 2
    assert folder.json("notify", "list") == []


def test_the_list_tells_what_waits_and_why(tmp_path: Path, receiver: WebReceiver) -> None:
    """A real server tells of a real push, to who takes it and to who does not."""
    folder = Folder(tmp_path / "data")
    with Server(folder.root) as server, web_receiver() as broken:
        broken.answer = lambda _: (500, {}, b"oh no")
        folder.do("notify", "add", "broken", "--webhook", broken.url)
        folder.do("notify", "add", "fine", "--slack", receiver.url)
        push(server)
        [told] = receiver.wait()
        first, second = folder.json("notify", "list")
        while not (first["problem"] and second["delivered_at"]):
            time.sleep(LOOK)
            first, second = folder.json("notify", "list")
    assert told.json()["text"].startswith("team/app:1.0 (sha256:")
    assert (first["waiting"], first["problem"]) == (1, "it answers 500: oh no")
    assert (second["waiting"], second["problem"]) == (0, "")
    table = folder.do("notify", "list")
    assert "it answers 500: oh no; 1 waiting since " in table


def push(server: Server) -> None:
    connection = server.connect()
    body = b'{"schemaVersion":2,"manifests":[]}'
    kind = {"Content-Type": "application/vnd.oci.image.index.v1+json"}
    connection.request("PUT", "/v2/team/app/manifests/1.0", body, kind)
    assert connection.getresponse().status == 201
    connection.close()
