"""Who reads logs, and what is asked and answered, in memory.

Implements the ports `LogReaders` and `LogRequests` of `delivery.ports`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from longshore.delivery.environments.records import LogReader, LogRequest
from longshore.storage.memory.rows import Rows


class LogReaders:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def put(self, reader: LogReader) -> None:
        self._rows.log_readers[reader.id] = reader

    def find(self, identity: str) -> LogReader | None:
        return self._rows.log_readers.get(identity)

    def of(self, environment: str) -> list[LogReader]:
        found = sorted(self._rows.log_readers.values())
        return [reader for reader in found if reader.environment == environment]

    def have_expired(self, before: int) -> bool:
        return any(reader.expires_at <= before for reader in self._rows.log_readers.values())

    def remove_expired(self, before: int) -> None:
        forget_readers(self._rows, lambda reader: reader.expires_at <= before)


class LogRequests:
    def __init__(self, rows: Rows) -> None:
        self._requests = rows.log_requests
        self._last_ids = rows.last_ids

    def put(self, request: LogRequest) -> LogRequest:
        for number, (before, _) in list(self._requests.items()):
            if (before.reader, before.host) == (request.reader, request.host):
                del self._requests[number]
        number = self._last_ids.get("log_requests", 0) + 1
        self._last_ids["log_requests"] = number
        written = request._replace(id=number)
        self._requests[number] = written, None
        return written

    def asked(self, environment: str, host: str, after: int) -> list[LogRequest]:
        place = environment, host
        mine = [one for one in self._open() if (one.environment, one.host) == place]
        return sorted(one for one in mine if one.id > after)

    def of(self, reader: str) -> list[LogRequest]:
        mine = [one for one in self._open() if one.reader == reader]
        return sorted(mine, key=lambda one: one.host)

    def answer(self, number: int, content: bytes) -> None:
        self._requests[number] = self._requests[number][0], content

    def take(self, reader: str) -> list[tuple[LogRequest, bytes]]:
        found = [
            (request, answer)
            for request, answer in self._requests.values()
            if request.reader == reader and answer is not None
        ]
        for request, _ in found:
            del self._requests[request.id]
        return sorted(found, key=lambda one: one[0].host)

    def newest(self) -> dict[tuple[str, str], int]:
        return {(one.environment, one.host): one.id for one in sorted(self._open())}

    def answered(self) -> dict[str, int]:
        return dict(
            Counter(one.reader for one, answer in self._requests.values() if answer is not None)
        )

    def _open(self) -> list[LogRequest]:
        return [request for request, answer in self._requests.values() if answer is None]


def forget_readers(rows: Rows, is_meant: Callable[[LogReader], bool]) -> None:
    """Remove readers, with what they asked and were answered."""
    gone = {reader.id for reader in rows.log_readers.values() if is_meant(reader)}
    for identity in gone:
        del rows.log_readers[identity]
    for number, (request, _) in list(rows.log_requests.items()):
        if request.reader in gone:
            del rows.log_requests[number]
