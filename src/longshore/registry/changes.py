"""Changes: what wakes those who wait for rows to be other than they are. A port.

It tells that something was committed, and not what: whoever is woken asks a cheap question again.
Nothing here knows who waits, nor what for.
"""

from __future__ import annotations

from typing import Protocol


class Changes(Protocol):
    """Commits to the rows, by whichever process. Costs nothing while nobody waits."""

    def mark(self) -> int:
        """Where the rows stand: taken before they are read, so that no change falls between."""

    async def after(self, mark: int) -> int:
        """Wait for something to be committed after that mark; answers where the rows stand then.

        At once if something was already, else within a tenth of a second or so of it. It may answer
        when nothing was.
        """
