"""What messages look like where they arrive, and that a webhook's receiver can believe them."""

import base64
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.client.notifications import Notifier, payload, signed
from longshore.delivery.notifications.events import Event, Kind, Message
from longshore.delivery.notifications.outbox import Target, Undelivered
from longshore.oci.names import RepositoryName, Tag
from tests.receivers import Received, web_receiver

SECRET = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"
EVENT = Event(Kind.TAG_MOVED, RepositoryName("team/app"), Tag("1.0"), "sha256:aa", "sha256:bb")
MESSAGE = Message("0123456789abcdef", 1_700_000_000_123, "alice", EVENT)


async def test_a_webhook_gets_json_that_is_signed() -> None:
    with web_receiver() as receiver:
        target = Target("webhook", receiver.url, SECRET)
        assert await Notifier(None).send(target, MESSAGE) == "200 ok"
    [received] = receiver.received
    assert received.is_signed_with(SECRET)
    assert received.headers["content-type"] == "application/json"
    assert received.id == MESSAGE.id
    told = received.json()
    assert datetime.fromisoformat(told.pop("timestamp")).timestamp() == 1_700_000_000.123
    assert told == {
        "type": "tag-moved",
        "data": {
            "repository": "team/app",
            "tag": "1.0",
            "digest": "sha256:aa",
            "former": "sha256:bb",
            "actor": "alice",
            "summary": "team/app:1.0 (sha256:aa) has moved, from sha256:bb (by alice)",
        },
    }


async def test_the_same_message_has_the_same_id_and_the_time_of_its_attempt() -> None:
    times = iter([1_000.7, 2_000.2])
    notifier = Notifier(None, lambda: next(times))
    with web_receiver() as receiver:
        for _ in range(2):
            await notifier.send(Target("webhook", receiver.url, SECRET), MESSAGE)
    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)
    assert [one.headers["webhook-timestamp"] for one in (first, second)] == ["1000", "2000"]
    assert first.is_signed_with(SECRET, now=1_000)
    assert not first.is_signed_with(SECRET, now=2_000)


def test_a_signature_is_what_other_implementations_make_of_the_same() -> None:
    """These values are in the tests of the scheme's reference libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = signed([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(body=st.binary(max_size=200), key=st.binary(min_size=24, max_size=64), flip=st.integers(0))
def test_whatever_is_changed_is_not_believed(body: bytes, key: bytes, flip: int) -> None:
    secret = f"whsec_{base64.b64encode(key).decode()}"
    genuine = Received("/", signed([secret], "id", 1_000, body), body)
    assert genuine.is_signed_with(secret, now=1_000)
    changed = bytearray(body + b"x")
    changed[flip % len(changed)] ^= 1
    assert not genuine._replace(body=bytes(changed)).is_signed_with(secret, now=1_000)
    later = genuine._replace(headers={**genuine.headers, "webhook-timestamp": "1001"})
    assert not later.is_signed_with(secret, now=1_000)
    other = genuine._replace(headers={**genuine.headers, "webhook-id": "other"})
    assert not other.is_signed_with(secret, now=1_000)


async def test_a_chat_gets_text_whose_markup_is_none() -> None:
    event = Event(Kind.FAILED, "a", environment="x", reason="<!channel> a & b")
    with web_receiver() as receiver:
        await Notifier(None).send(
            Target("slack", receiver.url), MESSAGE._replace(event=event, actor="")
        )
    [received] = receiver.received
    assert received.json() == {"text": "x: a has failed: &lt;!channel&gt; a &amp; b"}
    assert "webhook-signature" not in received.headers


async def test_without_a_server_there_is_no_mail() -> None:
    with pytest.raises(Undelivered, match="set smtp_server and smtp_from"):
        await Notifier(None).send(Target("email", "a@b.example"), MESSAGE)


def test_of_a_test_nothing_is_told_but_that() -> None:
    body = payload(Message("id", 0, "alice", Event(Kind.TEST)))
    assert body == (
        b'{"type":"test","timestamp":"1970-01-01T00:00:00Z","data":{"actor":"alice",'
        b'"summary":"this is a test: notifications arrive here (by alice)"}}'
    )


async def test_while_a_secret_is_changed_a_receiver_may_have_either() -> None:
    former = f"whsec_{base64.b64encode(bytes(32)).decode()}"
    target = Target("webhook", "", SECRET, former, former_until=2_000_000)
    times = iter([1_999.9, 2_000.0])
    notifier = Notifier(None, lambda: next(times))
    with web_receiver() as receiver:
        for _ in range(2):
            await notifier.send(replace(target, address=receiver.url), MESSAGE)
    before, after = receiver.received
    assert before.is_signed_with(SECRET, now=1_999)
    assert before.is_signed_with(former, now=1_999)
    assert after.is_signed_with(SECRET, now=2_000)
    assert not after.is_signed_with(former, now=2_000)
