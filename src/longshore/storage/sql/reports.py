"""Rows of what hosts reported. Implements `delivery.ports.Reports`, where the contract is."""

from __future__ import annotations

from longshore.delivery.environments.deployments import Report
from longshore.storage.sql.connection import Connection

_COLUMNS = ", ".join(Report._fields)


class Reports:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def put(self, report: Report) -> None:
        self._execute(
            f"""INSERT INTO environment_reports ({_COLUMNS})
                VALUES ({", ".join(f":{name}" for name in Report._fields)})
                ON CONFLICT (environment, host, service) DO UPDATE SET
                    deployment = excluded.deployment, digest = excluded.digest,
                    state = excluded.state, at = excluded.at, detail = excluded.detail""",
            report._asdict(),
        )

    def of(self, environment: str) -> list[Report]:
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM environment_reports WHERE environment = :environment
                ORDER BY host, service""",
            {"environment": environment},
        )
        return [Report(*row) for row in rows]

    def remove(self, environment: str, host: str) -> bool:
        removed = self._execute(
            "DELETE FROM environment_reports WHERE environment = :environment AND host = :host",
            {"environment": environment, "host": host},
        )
        return removed.rowcount > 0
