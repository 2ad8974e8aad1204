"""A constant load of requests on port 80 of the loopback address, until standard input ends.

Half of the callers keep their connection open, half make one for each request; each asks, waits for
the answer and asks again, by GET and by POST in turn. What became of it is printed as JSON: how
many requests there were, which were lost and how, and for each caller what it saw, in order and
each answer once until it changes.
"""

import http.client
import itertools
import json
import random
import sys
import threading
import time
from dataclasses import dataclass, field

CALLERS = 8
DELAYS = (0, 5, 20, 300)  # milliseconds that answers take
PATIENCE = 60  # seconds


@dataclass
class Caller:
    """Whoever asks, one request after the other."""

    number: int
    count: int = 0
    lost: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    longest: float = 0

    def call(self, over: threading.Event) -> None:
        delays = random.Random(self.number)
        is_kept = self.number % 2 == 0
        connection = http.client.HTTPConnection("127.0.0.1", timeout=PATIENCE)
        for method in itertools.cycle(("GET", "POST")):
            if over.is_set():
                break
            self._ask(connection, method, delays.choice(DELAYS))
            if not is_kept:
                connection.close()
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, method: str, delay: int) -> None:
        self.count += 1
        began = time.monotonic()
        try:
            connection.request(method, f"/?{delay}", "some words" if method == "POST" else None)
            reply = connection.getresponse()
            answer = reply.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as problem:
            self.lost.append(f"{method}: {problem!r}")
            connection.close()
            return
        self.longest = max(self.longest, time.monotonic() - began)
        if reply.status != http.HTTPStatus.OK:
            self.lost.append(f"{method}: {reply.status} {answer}")
        elif self.seen[-1:] != [answer]:
            self.seen.append(answer)


def main() -> None:
    over = threading.Event()
    callers = [Caller(number) for number in range(CALLERS)]
    threads = [threading.Thread(target=caller.call, args=(over,)) for caller in callers]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    told = {
        "requests": sum(caller.count for caller in callers),
        "lost": [each for caller in callers for each in caller.lost],
        "longest": max(caller.longest for caller in callers),
        "seen": [caller.seen for caller in callers],
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
