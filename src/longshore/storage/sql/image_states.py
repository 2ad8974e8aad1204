"""Rows of what environments are to run. Implements `delivery.ports.ImageStates`."""

from __future__ import annotations

from typing import Any

import msgspec

from longshore.delivery.environments.deployments import ImageState
from longshore.oci.names import RepositoryName
from longshore.storage.sql.connection import Connection
from longshore.storage.sql.environments import encode, named


class ImageStates:
    def __init__(self, connection: Connection) -> None:
        self._execute = connection.execute

    def put(self, state: ImageState) -> None:
        self._execute(
            """INSERT INTO environment_images (environment, repository, state)
                VALUES (:environment, :repository, :state)
                ON CONFLICT (environment, repository) DO UPDATE SET state = excluded.state""",
            {
                "environment": state.environment,
                "repository": state.repository,
                "state": encode(state),
            },
        )

    def find(self, environment: str, repository: RepositoryName) -> ImageState | None:
        row = self._execute(
            """SELECT state FROM environment_images
                WHERE environment = :environment AND repository = :repository""",
            {"environment": environment, "repository": repository},
        ).fetchone()
        return _state(row[0]) if row else None

    def of(self, environment: str) -> list[ImageState]:
        rows = self._execute(
            """SELECT state FROM environment_images WHERE environment = :environment
                ORDER BY repository""",
            {"environment": environment},
        )
        return [_state(content) for (content,) in rows]

    def remove(self, environment: str, repository: RepositoryName) -> None:
        self._execute(
            """DELETE FROM environment_images
                WHERE environment = :environment AND repository = :repository""",
            {"environment": environment, "repository": repository},
        )


def _state(content: Any) -> ImageState:
    return msgspec.json.decode(content, type=ImageState, dec_hook=named)
