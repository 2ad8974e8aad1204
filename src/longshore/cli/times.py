"""Times and durations as they are typed, with what is said of one that is none.

Decides that a time without a zone is this machine's.
"""

from __future__ import annotations

from datetime import datetime

import typer

from longshore.delivery import durations


def seconds(text: str, option: str) -> float:
    """Of a duration; raises typer.BadParameter."""
    try:
        return durations.seconds(text)
    except ValueError:
        raise typer.BadParameter(
            f"{option}: write a duration such as 90s, 10m or 7d, not {text!r}"
        ) from None


def moment(text: str, option: str) -> datetime:
    """With its zone; raises typer.BadParameter."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{option}: write a time such as 2026-12-27T08:00+01:00, not {text!r}"
        ) from None
    return found if found.tzinfo else found.astimezone()
