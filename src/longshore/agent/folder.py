"""The agent's folder on the host: what was last due, and the secrets of its services.

Decides where each is. Secrets are files that somebody put there, one for each name, and are read
when a container is made; they are written nowhere.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from longshore.agent.ports import Due
from longshore.delivery.rollouts.execution import StepFailed
from longshore.engine.journal import save


class DueFile:
    """What was last due, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Due | None:
        """None also where it is not readable: whoever is asked next says it anew."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Due)
        except (OSError, msgspec.DecodeError):
            return None

    def write(self, due: Due) -> None:
        save(self._path, msgspec.json.encode(due))


class SecretFiles:
    """Secrets of services, each in a file of its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str) -> str:
        """Without the line break at its end; raises StepFailed where there is none."""
        try:
            return (self._folder / name).read_text(encoding="utf-8").removesuffix("\n")
        except (OSError, UnicodeDecodeError) as problem:
            raise StepFailed(
                f"this host has no secret {name}: write it to {self._folder / name} ({problem})"
            ) from None
