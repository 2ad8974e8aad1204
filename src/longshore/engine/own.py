"""The container that this process runs in, if it runs in one.

Decides by what it is known: into each container the engine mounts files, such as /etc/hosts, that
it keeps in a folder of the container's id. Whoever stopped it would end the rollout with it.
"""

from __future__ import annotations

import re
from pathlib import Path

from longshore.delivery.rollouts.execution import Unavailable
from longshore.engine.inspection import Inspected, name_of

MOUNTS = Path("/proc/self/mountinfo")  # proc(5)

_FILE = re.compile(r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf) ")


def refuse(container: Inspected) -> None:
    """Raises Unavailable if it is our own."""
    if container["Id"] == own():
        raise Unavailable(
            f"{name_of(container)} is the container that the agent itself runs in: replace it by"
            " hand, at any moment, or let the agent of another environment do it"
        )


def own() -> str:
    """Its id; empty where there is none."""
    try:
        found = _FILE.search(MOUNTS.read_text(encoding="utf-8"))
    except OSError:  # no Linux
        return ""
    return found[1] if found else ""
