"""Notifications over HTTP: who is told, what is shown of that, and a test that really arrives."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

from longshore.api.management.notifications import EventName
from longshore.client.management import Management, of_application
from longshore.delivery.notifications.events import Kind
from longshore.server import local
from longshore.server.config import Settings
from tests.api.management.conftest import Api, new_name
from tests.leaks import PLANTED
from tests.receivers import MailReceiver, WebReceiver, web_receiver

URL = f"https://ci.example.com/hook?token={PLANTED}-token"


def wish(name: str, **fields: object) -> dict[str, object]:
    return {"name": name, "medium": "webhook", "address": URL, **fields}


def test_a_subscription_is_made_shown_and_removed(api: Api) -> None:
    name = new_name("ci")
    made = api.ask("POST", "/notifications", wish(name, events=["failed"], environments="prod*"))
    assert (made.status, made.header("Location")) == (201, f"/api/v1/notifications/{name}")
    secret = made.json().pop("secret")
    assert secret.startswith("whsec_")
    shown = {
        "name": name,
        "medium": "webhook",
        "target": "https://ci.example.com/…",
        "events": ["failed"],
        "repositories": None,
        "environments": "prod*",
        "delivered_at": None,
        "waiting": 0,
        "waiting_since": None,
        "failures": 0,
        "problem": "",
        "retry_at": None,
        "dropped": 0,
    }
    found = api.get(f"/notifications/{name}")
    created_at = found.pop("created_at")
    assert found == shown
    listed = api.get("/notifications", limit=1000)["notifications"]
    assert {**shown, "created_at": created_at} in listed
    assert api.ask("POST", "/notifications", wish(name)).codes == ["EXISTS"]
    assert api.ask("DELETE", f"/notifications/{name}").status == 204
    assert api.ask("DELETE", f"/notifications/{name}").codes == ["UNKNOWN"]


def test_no_address_and_no_secret_is_shown_again(api: Api) -> None:
    name = new_name("ci")
    secret = api.ask("POST", "/notifications", wish(name)).json()["secret"]
    entries = api.get("/audit", target=name)["entries"]
    shown = f"{api.get('/notifications', limit=1000)} {api.get(f'/notifications/{name}')} {entries}"
    assert secret not in shown
    assert PLANTED not in shown
    api.ask("DELETE", f"/notifications/{name}")


def test_what_is_no_subscription_is_refused(api: Api) -> None:
    for fields in (
        {"medium": "pigeon"},
        {"address": "http://ci.example.com/"},
        {"address": "http://127.0.0.1:2375/"},  # for the machine's owner alone
        {"events": ["test"]},
        {"repositories": "Team"},
        {"secret": "mine"},
        {"medium": "email", "address": "nobody"},
    ):
        reply = api.ask("POST", "/notifications", wish(new_name("ci"), **fields))
        assert (reply.status, reply.codes) == (400, ["INVALID"]), fields


def test_subscriptions_come_in_pages(api: Api) -> None:
    names = sorted(new_name("paged") for _ in range(3))
    for name in names:
        api.ask("POST", "/notifications", wish(name))
    first = api.get("/notifications", limit=1, last="paged")
    assert first["next"] == names[0]
    second = api.get("/notifications", limit=2, last=first["next"])
    assert [one["name"] for one in second["notifications"]] == names[1:]
    for name in names:
        api.ask("DELETE", f"/notifications/{name}")


def test_every_kind_but_a_test_can_be_asked_for() -> None:
    assert set(get_args(EventName)) == set(Kind) - {Kind.TEST}


class Sending(NamedTuple):
    management: Management
    web: WebReceiver
    mail: MailReceiver

    def test(self, name: str) -> Any:
        return self.management.ask("POST", f"/notifications/{name}/test", {})


@pytest.fixture
def sending(tmp_path: Path) -> Iterator[Sending]:
    with web_receiver() as web, MailReceiver() as mail:
        settings = Settings.model_validate(
            {
                "root": tmp_path / "data",
                "smtp_server": f"127.0.0.1:{mail.port}",
                "smtp_from": "longshore@example.com",
                "smtp_tls": "none",
            }
        )
        with local.opened(settings, may_make=True) as opened:
            management = of_application(opened.app)
            yield Sending(management, web, mail)
            management.close()


def test_a_test_arrives_by_each_way(sending: Sending) -> None:
    secret = None
    for medium, address in (
        ("webhook", sending.web.url),
        ("slack", sending.web.url),
        ("email", "ops@example.org"),
    ):
        body = {"name": medium, "medium": medium, "address": address}
        added = sending.management.ask("POST", "/notifications", body)
        secret = secret or added["secret"]
        assert sending.test(medium)["is_delivered"] is True
    signed, chat = sending.web.received
    assert signed.is_signed_with(secret)
    assert signed.json()["type"] == "test"
    assert chat.json()["text"].startswith("this is a test")
    [mail] = sending.mail.received
    assert "this is a test" in mail.content


def test_what_the_target_says_is_shown(sending: Sending) -> None:
    sending.web.answer = lambda _: (404, {}, b"no_such_channel")
    body = {"name": "chat", "medium": "slack", "address": sending.web.url}
    sending.management.ask("POST", "/notifications", body)
    expected = {"is_delivered": False, "reply": "it answers 404: no_such_channel"}
    assert sending.test("chat") == expected
    status = sending.management.ask("GET", "/notifications/chat")
    assert (status["failures"], status["waiting"]) == (0, 0)
