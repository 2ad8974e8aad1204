"""`longshore history`: what a tag was, when it moved, who moved it and why."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Annotated, Any

import typer

from longshore.cli import decisions
from longshore.cli.output import Json
from longshore.cli.repositories import Asked, with_repository
from longshore.cli.tables import print_json, print_table, when

PAGE = 1000
SHORT = 8  # digits of a digest, and of a revision

Limit = Annotated[int, typer.Option(min=1, help="How many moves, the newest first.")]


@with_repository
def history(asked: Asked, *, limit: Limit = 20, as_json: Json = False) -> None:
    """Show what a tag was, and who moved it; without a tag, the moves of all tags.

    Example: `longshore history localhost:5000/mysample:latest`

    A name without a host is of the registry that LONGSHORE_SERVER names, else of this machine's. Of
    an environment it shows what was decided, as `longshore env history` does.
    """
    decided = asked.environment("/history", limit=min(limit, PAGE))
    moves = _moves(asked, limit, may_lack=decided is not None)
    if moves is None and decided is not None:
        decisions.show(decided["decisions"], as_json=as_json)
        return
    if moves is None or decided is not None:
        raise typer.BadParameter(
            f"{asked} is an environment, and a repository: `longshore env history {asked}`, or"
            f" `longshore history HOST/{asked}`"
        )
    if as_json:
        print_json(moves[:limit])
        return
    if not moves:
        typer.echo(f"Nothing is written down of {asked}: it has not moved since.", err=True)
        return
    _print(moves[:limit], with_tags=asked.tag is None)
    if len(moves) > limit:
        typer.echo(f"There are older ones: --limit {limit * 10}", err=True)


def _moves(asked: Asked, limit: int, *, may_lack: bool) -> list[Any] | None:
    """One more than so many; None where there is no such repository, and none has to be."""
    from longshore.oci.errors import OCIError
    from longshore.registry.refusals import Refusal

    try:
        with asked.opened("pull") as management:
            pages = management.pages(
                asked.path("history"), "moves", tag=asked.tag, limit=min(limit + 1, PAGE)
            )
            return list(islice(pages, limit + 1))
    except (OCIError, Refusal):
        if not may_lack:
            raise
        return None


def _print(moves: Sequence[Mapping[str, Any]], *, with_tags: bool) -> None:
    headings = ("WHEN", "TAG", "FROM", "TO", "CAUSE", "BY", "REVISION")
    rows = [
        (
            when(move["at"]),
            move["tag"],
            short(move["from"]),
            short(move["to"]),
            move["cause"].rpartition("-")[2],
            move["actor"],
            move["revision"][:SHORT],
        )
        for move in moves
    ]
    shown = [number for number in range(len(headings)) if with_tags or headings[number] != "TAG"]
    print_table(
        [headings[number] for number in shown], [[row[number] for number in shown] for row in rows]
    )


def short(digest: str | None) -> str:
    """The first digits of a digest; they are enough for `restore --to`."""
    return "-" if digest is None else digest.partition(":")[2][:SHORT]
