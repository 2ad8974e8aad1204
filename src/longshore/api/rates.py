"""How many requests one client may send: a bucket of tokens for each address.

Decides who has to wait, and for how long. Each worker has buckets of its own, and forgets those
that nobody has drawn from for longest when there are many.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from longshore.oci.errors import TooManyRequests

BURST = 10  # seconds' worth of requests that may come at once: a push is a burst
MOST_CLIENTS = 10_000


class RequestRate:
    """`rate` in requests a second."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._drawn: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, and when

    def require(self, address: str) -> None:
        """Take a token of this client; raises TooManyRequests, with the time to wait."""
        client, now = _client(address), self._clock()
        full = float(self._rate * BURST)
        left, since = self._drawn.pop(client, (full, now))
        left = min(full, left + (now - since) * self._rate)
        if left < 1:
            self._keep(client, left, now)
            wait = math.ceil((1 - left) / self._rate)
            raise TooManyRequests(headers={"Retry-After": str(wait)})
        self._keep(client, left - 1, now)

    def _keep(self, client: str, left: float, now: float) -> None:
        self._drawn[client] = left, now
        if len(self._drawn) > MOST_CLIENTS:
            self._drawn.popitem(last=False)


def _client(address: str) -> str:
    """Whoever has an address of IPv6 has a whole network of them."""
    return str(ipaddress.ip_network((address, 64), strict=False)) if ":" in address else address
