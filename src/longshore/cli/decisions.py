"""The history of an environment, for people within their terminal and for programs.

Decides where a reason stands: beside what was decided, or below it where it has no room there.
"""

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from longshore.cli.tables import print_json, when
from longshore.cli.wishes import named

HEADINGS = ("WHEN", "ACT", "WHO", "IMAGE")
BETWEEN = "  "
BELOW = "    "

Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many lines, the newest first.")]


def show(found: Sequence[Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for line in lines(found, shutil.get_terminal_size().columns):
        typer.echo(line)


def lines(found: Sequence[Any], width: int) -> Iterator[str]:
    """A line of each decision, and what of its reason did not fit."""
    rows = [(when(one["at"]), one["act"], one["who"], _image(one)) for one in found]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    yield _aligned((*HEADINGS, "REASON"), widths)
    for row, one in zip(rows, found, strict=True):
        whole = _aligned((*row, one["reason"]), widths)
        if len(whole) <= width and "\n" not in whole:
            yield whole
            continue
        yield _aligned(row, widths)
        for line in one["reason"].splitlines():
            yield from textwrap.wrap(
                line,
                width,
                initial_indent=BELOW,
                subsequent_indent=BELOW,
                break_on_hyphens=False,
            )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, [*widths, 0], strict=False)]
    return BETWEEN.join(padded).rstrip()


def _image(line: Any) -> str:
    """What a line is about, if it is about an image."""
    return named(line["repository"], line) if line["digest"] else ""
