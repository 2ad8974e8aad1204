"""Messages to people and programs: by webhook, in a chat, by mail. Implements `outbox.Messenger`.

Decides the form of a message on each way. A webhook is signed as Standard Webhooks has it
(specification 1.0: webhook-id, webhook-timestamp, webhook-signature), so that its receiver knows
who sent it, and when. Keeps nothing: each message has a connection of its own.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from longshore.client import mail, posting
from longshore.delivery.notifications.events import Message, sentence
from longshore.delivery.notifications.outbox import Target, Undelivered

_NO_MAIL = "this server sends no mail: set smtp_server and smtp_from"


class Notifier:
    """`server` is what takes mail, if there is one; `clock` tells seconds since the epoch."""

    def __init__(self, server: mail.Server | None, clock: Callable[[], float] = time.time) -> None:
        self._server = server
        self._clock = clock

    async def send(self, target: Target, message: Message) -> str:
        match target.medium:
            case "webhook":
                body = payload(message)
                now = self._clock()
                headers = signed(target.secrets(int(now * 1000)), message.id, int(now), body)
                return await posting.post(target.address, body, headers)
            case "slack":
                return await posting.post(target.address, _chat(message), {})
            case "email":
                if self._server is None:
                    raise Undelivered(_NO_MAIL)
                return await asyncio.to_thread(mail.send, self._server, target.address, message)


def payload(message: Message) -> bytes:
    """A message as JSON; what the event has nothing to do with is left out."""
    event = message.event
    data: dict[str, Any] = {name: value for name, value in event._asdict().items() if value}
    kind = data.pop("kind")
    data |= {"actor": message.actor, "summary": sentence(message)}
    told = {"type": kind, "timestamp": _instant(message.at), "data": data}
    return msgspec.json.encode(told, enc_hook=str)


def signed(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that show who sends this ("Signature scheme", "Webhook headers").

    While a secret is changed there are two signatures; a receiver takes what one of them fits.
    """
    content = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(secret, content) for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return f"v1,{base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()}"


def _chat(message: Message) -> bytes:
    """What Slack and those who do as it does take; these letters are its markup."""
    text = sentence(message).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return msgspec.json.encode({"text": text})


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
