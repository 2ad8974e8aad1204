"""Logs over HTTP: who asks is answered by hosts, whichever worker each of them speaks to."""

import base64
import threading
from typing import Any

import pytest

from tests.api.management.conftest import Api
from tests.api.management.test_environments import GENEROUS, Place

KEY = base64.b64encode(bytes(32)).decode()
SEALED = b"\x00\xffsealed"


class Logs(Place):
    """An environment whose deployer is `keeper`, with one host that has asked what to run."""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self.push(1, "1.0")
        self.do("deploy", {"reference": "1.0"})
        assert self.report("healthy").status == 204

    def begin(self, **wish: Any) -> Any:
        return self.do("logs", {"service": "web", "key": KEY, **wish})

    def asked(self, known: int = 0, wait: float = 0) -> Any:
        """What the host is asked; it must be asked something."""
        return self.get("/log-questions", "reader", host="host", known=known, wait=wait)

    def answer(self, number: int, content: bytes = SEALED) -> Any:
        body = {"host": "host", "question": number, "content": base64.b64encode(content).decode()}
        return self.do("log-answers", body, "reader")


@pytest.fixture(scope="module")
def logs(api: Api) -> Logs:
    return Logs(api)


def test_an_answer_reaches_who_asked_and_is_told_once(logs: Logs) -> None:
    begun = logs.begin(tail=5, since=600)
    assert begun.status == 201
    reader = begun.json()
    assert (reader["hosts"], reader["lost"]) == (["host"], [])
    assert begun.header("Location").endswith(f"/logs/{reader['id']}")
    path = f"/logs/{reader['id']}"
    assert logs.get(path) == {"answers": [], "waiting": ["host"]}
    asked = logs.asked()
    [question] = asked["questions"]
    assert question == {
        "id": asked["number"],
        "service": "web",
        "key": KEY,
        "tail": 5,
        "since": 600,
        "after": 0,
        "patience": 0,
        "most": 128 * 1024,
    }
    assert logs.answer(question["id"]).status == 204
    sealed = base64.b64encode(SEALED).decode()
    assert logs.get(path) == {"answers": [{"host": "host", "content": sealed}], "waiting": []}
    assert logs.get(path, wait=GENEROUS) == {"answers": [], "waiting": []}


def test_host_and_reader_are_woken_in_any_worker(logs: Logs) -> None:
    """Each asks on connections of its own, and so at either of two workers."""
    answers: list[str] = []

    def listen() -> None:
        known, answered = 0, 0
        while answered < 3:
            asked = logs.asked(known, GENEROUS)
            known = asked["number"]
            for question in asked["questions"]:
                logs.answer(question["id"], str(question["after"]).encode())
                answered += 1

    host = threading.Thread(target=listen)
    host.start()
    path = f"/logs/{logs.begin().json()['id']}"
    for after in (7, 8):
        answers += [one["content"] for one in logs.get(path, wait=GENEROUS)["answers"]]
        body = {"after": {"host": after}, "patience": 1}
        logs.do(path.removeprefix("/"), body)
    answers += [one["content"] for one in logs.get(path, wait=GENEROUS)["answers"]]
    assert [base64.b64decode(one) for one in answers] == [b"0", b"7", b"8"]
    host.join()


def test_a_host_that_is_asked_nothing_waits_in_vain(logs: Logs) -> None:
    path = f"/environments/{logs.name}/log-questions"
    reply = logs.api.ask("GET", path, None, "reader", host="other", known=0, wait=0.1)
    assert (reply.status, reply.header("Cache-Control")) == (204, "no-store")


def test_what_another_has_asked_for_is_nobodys(logs: Logs) -> None:
    path = f"/environments/{logs.name}/logs/{logs.begin().json()['id']}"
    assert logs.api.ask("GET", path, caller="chief").codes == ["UNKNOWN"]
    assert logs.api.ask("GET", path, caller="reader").codes == ["FORBIDDEN"]
    assert logs.api.ask("POST", path, {"after": {}}, "chief").codes == ["UNKNOWN"]
    assert logs.begin().status == 201
    refused = logs.do("logs", {"service": "web", "key": KEY}, "reader")
    assert refused.codes == ["FORBIDDEN"]
    assert "reader may not read the logs of" in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "wish",
    [
        {"key": "short"},
        {"tail": -1},
        {"tail": 2001},
        {"since": 0},
        {"service": 5},
        {"more": 1},
        {"hosts": "host"},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(logs: Logs, wish: dict[str, Any]) -> None:
    assert logs.begin(**wish).codes == ["INVALID"]


def test_what_is_answered_is_in_no_log(logs: Logs) -> None:
    begun = logs.begin().json()
    question = logs.asked()["questions"][-1]
    assert logs.answer(question["id"]).status == 204
    lines = logs.api.get("/audit", action="logs.read", target=logs.name, limit=1000)["entries"]
    assert lines[-1]["actor"] == "keeper"
    assert lines[-1]["detail"] == {"service": "web", "hosts": ["host"]}
    assert base64.b64encode(SEALED).decode() not in str(lines)
    assert logs.get(f"/logs/{begun['id']}")["answers"]
