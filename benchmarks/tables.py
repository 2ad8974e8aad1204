"""Tables and figures as the report writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def times(ratio: float) -> str:
    """A ratio: `2.41 x`."""
    return f"{ratio:.2f} x" if ratio < 10 else f"{ratio:.0f} x"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
