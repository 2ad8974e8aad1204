"""What the rules of agents read and write: rows as values, times in milliseconds.

Decides nothing.
"""

from __future__ import annotations

from typing import NamedTuple


class Agent(NamedTuple):
    """A host of an environment.

    `account` is that of a robot which was made for it, empty if none was. `generation` is what the
    agent knew when it was last seen; `lost_at` is when it had not been heard of for too long.
    """

    environment: str
    host: str
    account: str = ""
    seen_at: int | None = None
    generation: int | None = None
    lost_at: int | None = None


class JoinCode(NamedTuple):
    """A code that lets one host join an environment, once, until it expires; its digest is kept."""

    environment: str
    expires_at: int
    made_by: str
