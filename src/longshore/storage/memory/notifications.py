"""Subscriptions, letters that wait, and leases in memory. Implements the ports of `outbox`."""

from __future__ import annotations

from longshore.delivery.notifications.events import Message
from longshore.delivery.notifications.outbox import Backlog, Letter, Progress, Subscription, Target
from longshore.storage.memory.rows import Rows


class Subscriptions:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(self, subscription: Subscription) -> None:
        self._rows.subscriptions[subscription.name] = subscription, Progress()

    def find(self, name: str) -> Subscription | None:
        found = self._rows.subscriptions.get(name)
        return None if found is None else found[0]

    def all(self) -> list[Subscription]:
        return [one for _, (one, _) in sorted(self._rows.subscriptions.items())]

    def redirect(self, name: str, target: Target) -> None:
        subscription, progress = self._rows.subscriptions[name]
        self._rows.subscriptions[name] = subscription._replace(target=target), progress

    def remove(self, name: str) -> bool:
        letters = self._rows.letters
        for number in [number for number, (of, _) in letters.items() if of == name]:
            del letters[number]
        return self._rows.subscriptions.pop(name, None) is not None

    def progress(self, name: str) -> Progress:
        found = self._rows.subscriptions.get(name)
        return Progress() if found is None else found[1]

    def note(self, name: str, progress: Progress) -> None:
        if name in self._rows.subscriptions:
            self._rows.subscriptions[name] = self._rows.subscriptions[name][0], progress


class Outbox:
    def __init__(self, rows: Rows) -> None:
        self._letters = rows.letters
        self._last_ids = rows.last_ids

    def add(self, subscription: str, message: Message) -> None:
        number = self._last_ids.get("letters", 0) + 1
        self._last_ids["letters"] = number
        self._letters[number] = subscription, Letter(number, message, refusals=0, retry_at=0)

    def next(self, subscription: str, now: int) -> Letter | None:
        ready = [one for one in self._of(subscription) if one.retry_at <= now]
        return min(ready, key=lambda one: (one.retry_at, one.id), default=None)

    def put_aside(self, letter_id: int, refusals: int, retry_at: int) -> None:
        if letter_id in self._letters:
            subscription, letter = self._letters[letter_id]
            changed = letter._replace(refusals=refusals, retry_at=retry_at)
            self._letters[letter_id] = subscription, changed

    def remove(self, letter_id: int) -> None:
        self._letters.pop(letter_id, None)

    def backlog(self, subscription: str) -> Backlog:
        times = [one.message.at for one in self._of(subscription)]
        return Backlog(len(times), min(times, default=None))

    def drop(self, subscription: str, before: int, keep: int) -> int:
        letters = self._of(subscription)  # in order of their ids
        excess = len(letters) - keep
        gone = [one for n, one in enumerate(letters) if n < excess or one.message.at < before]
        for letter in gone:
            del self._letters[letter.id]
        return len(gone)

    def _of(self, subscription: str) -> list[Letter]:
        return [letter for of, letter in self._letters.values() if of == subscription]


class Leases:
    def __init__(self, rows: Rows) -> None:
        self._leases = rows.leases

    def take(self, name: str, holder: str, now: int, until: int) -> bool:
        of, expires_at = self._leases.get(name, (holder, 0))
        if of != holder and expires_at > now:
            return False
        self._leases[name] = holder, until
        return True
