"""Results as JSON, the option that every command with a result has, and counts in words.

It is apart from the settings of the server, whose import takes longer than a small command.
"""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def counted(count: int, noun: str) -> str:
    """So many of something, in words for people."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
