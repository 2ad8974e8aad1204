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


class LogReader(NamedTuple):
    """Somebody who reads the logs of a service for as long as it asks; `id` is random.

    `key` is public: what hosts answer is sealed to it. `tail` is how many lines are wanted at
    first, and `since` how many seconds ago they were written at most, if that is said.
    """

    id: str
    environment: str
    account: str
    service: str
    key: str
    tail: int
    since: int | None
    expires_at: int


class LogRequest(NamedTuple):
    """What a reader asks a host. `id` is 0 until it is written; ids grow.

    Lines later than `after` are wanted, in nanoseconds of the host's clock; 0 is where there are
    none yet. `patience` is how many seconds the host may wait for one, and `most` how many bytes
    its answer may have.
    """

    id: int
    reader: str
    environment: str
    host: str
    after: int
    patience: int
    most: int
