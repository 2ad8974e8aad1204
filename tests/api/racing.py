"""A build that pushes versions, as a process of its own: `python -m tests.api.racing`.

It waits for a line on its standard input, so that several begin together, and prints the status of
each push.
"""

import sys

from tests.api.pushing import Repository
from tests.api.wire import Wire
from tests.content import Pushed, index


def image(builder: str, version: str) -> Pushed:
    """What this builder makes of the version."""
    return index(annotations={"of": version, "by": builder})


def main(port: str, name: str, builder: str, *versions: str) -> None:
    repository = Repository(Wire(int(port)), name)
    sys.stdin.readline()
    for version in versions:
        print(repository.put(image(builder, version), version).status)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
