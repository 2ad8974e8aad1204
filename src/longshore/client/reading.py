"""Reading logs of an environment through its server: hosts are asked, and answer one by one.

Decides how long a host may take, and how often it is asked for more. A host that says nothing may
be down, cut off, or of a release that does not know the question: nobody can tell which.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from longshore.client.errors import Unreachable
from longshore.client.logs import Reader, Told
from longshore.client.management import Management, place
from longshore.client.patience import Patience

ANSWERS_WITHIN = 15.0  # seconds, beyond those that a host is told to wait for a line
LONG_POLL = 20.0  # seconds
HOST_WAITS = 10  # seconds, for a line
PACE = 0.5  # seconds between two requests for more, so that one reader costs a server little
# While a server starts again, its reader is there still, and hosts remember where they were.
PATIENCE = Patience(attempts=8, first=0.5, longest=8.0)

LOST = "has not been heard of for minutes"
SILENT = "does not answer: it may be down, or run an agent of an earlier release"


class Wish(NamedTuple):
    """Which lines; the last `tail`, of the last `since` seconds if that is said, of these hosts."""

    service: str
    tail: int
    since: int | None
    hosts: Sequence[str]


class Answer(NamedTuple):
    host: str
    told: Told


class _Sealed(msgspec.Struct):
    host: str
    content: bytes


class _Taken(msgspec.Struct):
    answers: list[_Sealed]
    waiting: list[str]


class Reading:
    """One reader's questions, each answered once."""

    def __init__(self, management: Management, environment: str) -> None:
        self._management = management
        self._environment = environment
        self._reader = Reader()
        self._path = f"/environments{place(environment)}/logs"
        self._deadlines: dict[str, float] = {}
        self._cursors: dict[str, int] = {}

    def lines(self, wish: Wish, *, follows: bool) -> Iterator[Answer]:
        """What hosts answer, in the order in which they do; with `follows`, for ever.

        The problem of a host that does not answer is told in its place. Raises what
        `Management.ask` does.
        """
        body = {**wish._asdict(), "key": self._reader.key}
        begun = self._management.ask("POST", self._path, body)
        self._path += place(begun["id"])
        yield from (Answer(host, Told(problem=LOST)) for host in begun["lost"])
        self._expect(begun["hosts"], ANSWERS_WITHIN)
        asked_at = time.monotonic()
        while self._deadlines:
            answers = [*self._take(), *self._silent()]
            yield from answers
            if follows and answers:
                time.sleep(max(0.0, asked_at + PACE - time.monotonic()))
                asked_at = time.monotonic()
                self._ask_again({host: self._cursors.get(host, 0) for host, _ in answers})

    def _expect(self, hosts: Sequence[str], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        self._deadlines |= dict.fromkeys(hosts, deadline)

    def _ask_again(self, after: Mapping[str, int]) -> None:
        body = {"after": after, "patience": HOST_WAITS}
        self._ask_patiently("POST", body)
        self._expect(list(after), ANSWERS_WITHIN + HOST_WAITS)

    def _take(self) -> list[Answer]:
        began = time.monotonic()
        wait = max(0.0, min(LONG_POLL, min(self._deadlines.values()) - began))
        found = self._ask_patiently("GET", wait=wait)
        answers = [self._opened(one) for one in msgspec.convert(found, _Taken).answers]
        if not answers and time.monotonic() - began < min(wait, PACE):  # too many wait there
            time.sleep(PACE)
        return answers

    def _ask_patiently(self, method: str, body: object = None, **query: object) -> Any:
        for attempt in range(1, PATIENCE.attempts):
            try:
                return self._management.ask(method, self._path, body, **query)
            except Unreachable:
                time.sleep(PATIENCE.pause(attempt))
        return self._management.ask(method, self._path, body, **query)

    def _opened(self, sealed: _Sealed) -> Answer:
        told = self._reader.open(sealed.content, f"{self._environment}/{sealed.host}")
        self._deadlines.pop(sealed.host, None)
        self._cursors[sealed.host] = told.cursor
        return Answer(sealed.host, told)

    def _silent(self) -> list[Answer]:
        now = time.monotonic()
        silent = [host for host, deadline in self._deadlines.items() if deadline <= now]
        for host in silent:
            del self._deadlines[host]
        return [Answer(host, Told(problem=SILENT)) for host in silent]


def rfc3339(nanoseconds: int) -> str:
    """A time as hosts tell it, in UTC."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{fraction:09}Z"
