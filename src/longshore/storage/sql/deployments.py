"""Rows of deployments. Implements `delivery.ports.Deployments`, where the contract is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from longshore.delivery.environments.deployments import Deployment
from longshore.oci.digest import Digest
from longshore.oci.names import RepositoryName
from longshore.storage.sql.connection import Connection

_COLUMNS = ", ".join(Deployment._fields)
_NEW = Deployment._fields[1:]  # the database gives the id
_OF_IMAGE = "environment = :environment AND repository = :repository"


class Deployments:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def add(self, deployment: Deployment) -> Deployment:
        row = self._execute(
            f"""INSERT INTO deployments ({", ".join(_NEW)})
                VALUES ({", ".join(f":{name}" for name in _NEW)}) RETURNING id""",
            deployment._asdict(),
        ).fetchone()
        return deployment._replace(id=row[0])

    def find(self, number: int) -> Deployment | None:
        rows = self._execute(f"SELECT {_COLUMNS} FROM deployments WHERE id = :id", {"id": number})
        return next(iter(_deployments(rows)), None)

    def conclude(self, deployment: Deployment) -> None:
        self._execute(
            """UPDATE deployments SET outcome = :outcome, healthy_at = :healthy_at,
                failed_at = :failed_at, ended_at = :ended_at WHERE id = :id""",
            deployment._asdict(),
        )

    def latest(
        self, environment: str, repository: RepositoryName, before: int | None, limit: int
    ) -> list[Deployment]:
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM deployments WHERE {_OF_IMAGE}
                {"" if before is None else "AND id < :before"} ORDER BY id DESC LIMIT :limit""",
            {
                "environment": environment,
                "repository": repository,
                "before": before,
                "limit": limit,
            },
        )
        return _deployments(rows)

    def of_digest(
        self, environment: str, repository: RepositoryName, digest: Digest
    ) -> list[Deployment]:
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM deployments WHERE {_OF_IMAGE} AND digest = :digest
                ORDER BY id DESC""",
            {"environment": environment, "repository": repository, "digest": digest},
        )
        return _deployments(rows)


def _deployments(rows: Iterable[Any]) -> list[Deployment]:
    found = map(Deployment._make, rows)
    return [
        each._replace(repository=RepositoryName(each.repository), digest=Digest(each.digest))
        for each in found
    ]
