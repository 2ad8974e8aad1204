"""Rows of who reads logs, what is asked for it, and the answers until they are taken.

Implements the ports `LogReaders` and `LogRequests` of `delivery.ports`.
"""

from __future__ import annotations

from longshore.delivery.environments.records import LogReader, LogRequest
from longshore.storage.sql.connection import Connection

_OF_READER = ", ".join(LogReader._fields)
_OF_REQUEST = ", ".join(LogRequest._fields)


class LogReaders:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def put(self, reader: LogReader) -> None:
        self._execute(
            f"""INSERT INTO log_readers ({_OF_READER})
                VALUES ({", ".join(f":{name}" for name in LogReader._fields)})
                ON CONFLICT (id) DO UPDATE SET environment = excluded.environment,
                    account = excluded.account, service = excluded.service, key = excluded.key,
                    tail = excluded.tail, since = excluded.since,
                    expires_at = excluded.expires_at""",
            reader._asdict(),
        )

    def find(self, identity: str) -> LogReader | None:
        row = self._execute(
            f"SELECT {_OF_READER} FROM log_readers WHERE id = :id", {"id": identity}
        ).fetchone()
        return LogReader(*row) if row else None

    def of(self, environment: str) -> list[LogReader]:
        rows = self._execute(
            f"SELECT {_OF_READER} FROM log_readers WHERE environment = :environment ORDER BY id",
            {"environment": environment},
        )
        return [LogReader(*row) for row in rows]

    def have_expired(self, before: int) -> bool:
        row = self._execute(
            "SELECT 1 FROM log_readers WHERE expires_at <= :before LIMIT 1", {"before": before}
        ).fetchone()
        return row is not None

    def remove_expired(self, before: int) -> None:
        self._execute(
            """DELETE FROM log_requests
                WHERE reader IN (SELECT id FROM log_readers WHERE expires_at <= :before)""",
            {"before": before},
        )
        self._execute("DELETE FROM log_readers WHERE expires_at <= :before", {"before": before})


class LogRequests:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def put(self, request: LogRequest) -> LogRequest:
        self._execute(
            "DELETE FROM log_requests WHERE reader = :reader AND host = :host",
            {"reader": request.reader, "host": request.host},
        )
        row = self._execute(
            """INSERT INTO log_requests (reader, environment, host, after, patience, most)
                VALUES (:reader, :environment, :host, :after, :patience, :most)
                RETURNING id""",
            request._asdict(),
        ).fetchone()
        return request._replace(id=int(row[0]))

    def asked(self, environment: str, host: str, after: int) -> list[LogRequest]:
        rows = self._execute(
            f"""SELECT {_OF_REQUEST} FROM log_requests
                WHERE environment = :environment AND host = :host AND id > :after
                    AND answer IS NULL
                ORDER BY id""",
            {"environment": environment, "host": host, "after": after},
        )
        return [LogRequest(*row) for row in rows]

    def of(self, reader: str) -> list[LogRequest]:
        rows = self._execute(
            f"""SELECT {_OF_REQUEST} FROM log_requests
                WHERE reader = :reader AND answer IS NULL ORDER BY host""",
            {"reader": reader},
        )
        return [LogRequest(*row) for row in rows]

    def answer(self, number: int, content: bytes) -> None:
        self._execute(
            "UPDATE log_requests SET answer = :content WHERE id = :id",
            {"id": number, "content": content},
        )

    def take(self, reader: str) -> list[tuple[LogRequest, bytes]]:
        rows = self._execute(
            f"""DELETE FROM log_requests WHERE reader = :reader AND answer IS NOT NULL
                RETURNING {_OF_REQUEST}, answer""",
            {"reader": reader},
        ).fetchall()
        taken = [(LogRequest(*row[:-1]), bytes(row[-1])) for row in rows]
        return sorted(taken, key=lambda one: one[0].host)

    def newest(self) -> dict[tuple[str, str], int]:
        rows = self._execute(
            """SELECT environment, host, MAX(id) FROM log_requests WHERE answer IS NULL
                GROUP BY environment, host"""
        )
        return {(environment, host): number for environment, host, number in rows}

    def answered(self) -> dict[str, int]:
        rows = self._execute(
            """SELECT reader, COUNT(*) FROM log_requests WHERE answer IS NOT NULL
                GROUP BY reader"""
        )
        return dict(rows)
