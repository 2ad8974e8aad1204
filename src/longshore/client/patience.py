"""How often a request is tried, and how long the pauses are.

Decides which replies are worth another try: too many requests, and a gateway that has no answer
of the registry. Pauses double, with a random part so that clients do not come back together, and
are as long as Retry-After says where it says so (RFC 9110, section 10.2.3).
"""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import httpx

# Of these statuses the same request may have another answer soon.
PASSING = frozenset({408, 429, 502, 503, 504})


class Patience(NamedTuple):
    """Times are seconds. `longest_asked` is how long a pause a registry may ask for."""

    attempts: int = 6
    first: float = 0.5
    longest: float = 20.0
    longest_asked: float = 300.0

    def pause(self, attempt: int, retry_after: float | None = None) -> float:
        """How long to wait after the attempt of this number, the first of which is 1."""
        if retry_after is not None:
            return min(retry_after, self.longest_asked)
        doubled = min(self.first * 2.0 ** (attempt - 1), self.longest)
        return doubled * random.uniform(0.5, 1.0)  # noqa: S311


def retry_after(response: httpx.Response) -> float | None:
    """The seconds that a reply asks to wait for; None if it does not."""
    header = response.headers.get("retry-after", "").strip()
    if header.isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
