"""Rows of subscriptions, of letters that wait, and of leases. Implements the ports of `outbox`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec

from longshore.delivery.notifications.events import Event, Kind, Message
from longshore.delivery.notifications.outbox import Backlog, Letter, Progress, Subscription, Target
from longshore.registry.patterns import Pattern
from longshore.storage.sql.connection import Connection

DROPPED_AT_ONCE = 500

_TARGET = "medium, address, secret, former, former_until"
_SUBSCRIPTION = f"name, {_TARGET}, kinds, repositories, environments, created_at"
_LETTER = "id, event_id, at, actor, event, refusals, retry_at"


class Subscriptions:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, subscription: Subscription) -> None:
        target = subscription.target
        self._execute(
            f"""INSERT INTO subscriptions
                ({_SUBSCRIPTION}, failures, retry_at, problem, delivered_at, dropped)
                VALUES (:name, :medium, :address, :secret, :former, :former_until, :kinds,
                    :repositories, :environments, :created_at, :failures, :retry_at, :problem,
                    :delivered_at, :dropped)""",
            {
                **subscription._asdict(),
                **Progress()._asdict(),
                **asdict(target),
                "kinds": " ".join(sorted(subscription.kinds)),
            },
        )

    def find(self, name: str) -> Subscription | None:
        row = self._execute(
            f"SELECT {_SUBSCRIPTION} FROM subscriptions WHERE name = :name", {"name": name}
        ).fetchone()
        return None if row is None else _subscription(row)

    def all(self) -> list[Subscription]:
        rows = self._execute(f"SELECT {_SUBSCRIPTION} FROM subscriptions ORDER BY name")
        return [_subscription(row) for row in rows]

    def redirect(self, name: str, target: Target) -> None:
        self._execute(
            f"""UPDATE subscriptions SET ({_TARGET}) =
                (:medium, :address, :secret, :former, :former_until) WHERE name = :name""",
            {"name": name, **asdict(target)},
        )

    def remove(self, name: str) -> bool:
        self._execute("DELETE FROM letters WHERE subscription = :name", {"name": name})
        removed = self._execute("DELETE FROM subscriptions WHERE name = :name", {"name": name})
        return removed.rowcount == 1

    def progress(self, name: str) -> Progress:
        row = self._execute(
            """SELECT failures, retry_at, problem, delivered_at, dropped FROM subscriptions
                WHERE name = :name""",
            {"name": name},
        ).fetchone()
        return Progress() if row is None else Progress(*row)

    def note(self, name: str, progress: Progress) -> None:
        self._execute(
            """UPDATE subscriptions SET failures = :failures, retry_at = :retry_at,
                problem = :problem, delivered_at = :delivered_at, dropped = :dropped
                WHERE name = :name""",
            {"name": name, **progress._asdict()},
        )


class Outbox:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, subscription: str, message: Message) -> None:
        self._execute(
            """INSERT INTO letters (subscription, event_id, at, actor, event, refusals, retry_at)
                VALUES (:subscription, :event_id, :at, :actor, :event, 0, 0)""",
            {
                "subscription": subscription,
                "event_id": message.id,
                "at": message.at,
                "actor": message.actor,
                "event": msgspec.json.encode(message.event._asdict(), enc_hook=str),
            },
        )

    def next(self, subscription: str, now: int) -> Letter | None:
        row = self._execute(
            f"""SELECT {_LETTER} FROM letters WHERE subscription = :subscription
                AND retry_at <= :now ORDER BY retry_at, id LIMIT 1""",
            {"subscription": subscription, "now": now},
        ).fetchone()
        return None if row is None else _letter(row)

    def put_aside(self, letter_id: int, refusals: int, retry_at: int) -> None:
        self._execute(
            "UPDATE letters SET refusals = :refusals, retry_at = :retry_at WHERE id = :id",
            {"id": letter_id, "refusals": refusals, "retry_at": retry_at},
        )

    def remove(self, letter_id: int) -> None:
        self._execute("DELETE FROM letters WHERE id = :id", {"id": letter_id})

    def backlog(self, subscription: str) -> Backlog:
        row = self._execute(
            "SELECT COUNT(*), MIN(at) FROM letters WHERE subscription = :subscription",
            {"subscription": subscription},
        ).fetchone()
        return Backlog(*row)

    def drop(self, subscription: str, before: int, keep: int) -> int:
        return self._execute(
            """DELETE FROM letters WHERE id IN (SELECT id FROM letters
                WHERE subscription = :subscription AND (at < :before OR id <= (SELECT id
                    FROM letters WHERE subscription = :subscription
                    ORDER BY id DESC LIMIT 1 OFFSET :keep))
                ORDER BY id LIMIT :limit)""",
            {
                "subscription": subscription,
                "before": before,
                "keep": keep,
                "limit": DROPPED_AT_ONCE,
            },
        ).rowcount


class Leases:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def take(self, name: str, holder: str, now: int, until: int) -> bool:
        taken = self._execute(
            """INSERT INTO leases (name, holder, expires_at) VALUES (:name, :holder, :until)
                ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,
                    expires_at = excluded.expires_at
                WHERE leases.holder = excluded.holder OR leases.expires_at <= :now""",
            {"name": name, "holder": holder, "now": now, "until": until},
        )
        return taken.rowcount == 1


def _subscription(row: Any) -> Subscription:
    name, *target, kinds, repositories, environments, created_at = row
    return Subscription(
        name,
        Target(*target),
        frozenset(map(Kind, kinds.split())),
        _pattern(repositories),
        _pattern(environments),
        created_at,
    )


def _pattern(text: str | None) -> Pattern | None:
    return None if text is None else Pattern(text)


def _letter(row: Any) -> Letter:
    number, event_id, at, actor, told, refusals, retry_at = row
    fields = msgspec.json.decode(told, type=dict[str, str])
    event = Event(Kind(fields.pop("kind")), **fields)
    return Letter(number, Message(event_id, at, actor, event), refusals, retry_at)
