"""What containers of an engine have written: their last lines, with the time of each.

Decides what a line is, with and without a terminal, and how a time is read. Bytes that are no text
become replacement characters; what a terminal would obey stays, and is the reader's to disarm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import docker

from longshore.delivery.rollouts.services import Service
from longshore.engine.containers import answers
from longshore.engine.inspection import Inspected, name_of

SECOND = 1_000_000_000  # nanoseconds

# Docker Engine writes nine digits and Z, podman as many as there are and its own zone (RFC 3339).
_STAMPED = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?(.*)")


# It cuts a line after so many bytes, and stamps each piece, with no line break in between.
_PIECE = 16 * 1024
_BETWEEN = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ")
_FIRST = re.compile(rb"\S+ ")


class Written(NamedTuple):
    """A line, when it was written in nanoseconds, and by which container."""

    at: int
    container: str
    text: str


Find = Callable[[Service], list[Inspected]]


class Logs:
    """Those of the containers that `find` has for a service."""

    def __init__(self, client: docker.APIClient, find: Find) -> None:
        self._client = client
        self._find = find

    def containers(self, service: Service) -> list[Inspected]:
        """Those that run, or the last that did; raises StepFailed, and Unavailable."""
        found = self._find(service)
        return [each for each in found if each["State"]["Running"]] or found[:1]

    def read(self, containers: Iterable[Inspected], tail: int, after: int) -> list[Written]:
        """The last `tail` lines of each that were written later than `after`, in their order.

        Raises StepFailed where the engine does not keep them, and Unavailable.
        """
        written: list[Written] = []
        for container in containers:
            with answers():
                content = self._client.logs(
                    container["Id"],
                    timestamps=True,
                    tail=tail,
                    since=after // SECOND or None,  # older than that is sorted out below
                )
            written += lines_of(bytes(content), name_of(container))
        return sorted(line for line in written if line.at > after)


def lines_of(content: bytes, container: str) -> Iterator[Written]:
    """What an engine tells with times, taken apart; a line without one is of the time before."""
    at = 0
    for whole in content.split(b"\n"):
        line = _joined(whole).decode(errors="replace")
        stamped = _STAMPED.fullmatch(line.removesuffix("\r"))
        if stamped is not None:
            moment, fraction, zone, text = stamped.groups()
            at = _nanoseconds(moment + zone, fraction or "")
            yield Written(at, container, text)
        elif line:
            yield Written(at, container, line)


def _joined(line: bytes) -> bytes:
    """Without the times between its pieces."""
    first = _FIRST.match(line)
    end = (first.end() if first else 0) + _PIECE
    pieces, rest = [line[:end]], line[end:]
    while (between := _BETWEEN.match(rest)) is not None:
        rest = rest[between.end() :]
        pieces.append(rest[:_PIECE])
        rest = rest[_PIECE:]
    return b"".join((*pieces, rest))


def _nanoseconds(moment: str, fraction: str) -> int:
    seconds = int(datetime.fromisoformat(moment).timestamp())
    return seconds * SECOND + int(fraction.ljust(9, "0"))
