"""`longshore restore`: a tag names again what it named before."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from longshore.cli.history import PAGE, short
from longshore.cli.output import Json
from longshore.cli.places import SAME, ExitCode
from longshore.cli.repositories import Asked, with_repository
from longshore.cli.tables import print_json

if TYPE_CHECKING:
    from longshore.client.management import Management

SHORTEST = 6  # digits that name a digest of a history

To = Annotated[
    str,
    typer.Option(
        metavar="DIGEST",
        help="What it shall name, if not what it was before it last moved; the first digits that"
        " `longshore history` shows are enough.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would move, and move nothing.")]


@with_repository
def restore(
    asked: Asked,
    *,
    to: To = "",
    dry_run: DryRun = False,
    exit_code: ExitCode = False,
    as_json: Json = False,
) -> None:
    """Let a tag name again what it named before it moved, or was deleted.

    Example: `longshore restore localhost:5000/mysample:1.0.5`

    What was deleted by its digest comes back with its tag, within the undelete window. Exit code 1:
    there is nothing to go back to, or it is gone. Exit code 3: a rule forbids it.
    """
    if asked.tag is None:
        raise typer.BadParameter(f"{asked}: say which tag, as in NAME:TAG")
    with asked.opened("pull", "push") as management:
        body = {"tag": str(asked.tag), "digest": _digest(asked, management, to), "dry_run": dry_run}
        restored = management.ask("POST", asked.path("restore"), body)
    if as_json:
        print_json(restored)
    else:
        _print(asked, restored)
    if exit_code and restored["from"] == restored["to"]:
        raise typer.Exit(SAME)


def _digest(asked: Asked, management: "Management", text: str) -> str | None:
    """The digest that the user means; the registry says what is wrong with a whole one."""
    digits = text.rpartition(":")[2]
    if not text or len(digits) >= 64:
        return text or None
    moves = islice(
        management.pages(asked.path("history"), "moves", tag=asked.tag, limit=PAGE), PAGE
    )
    known: set[str] = {one for move in moves for one in (move["from"], move["to"]) if one}
    found = [digest for digest in known if digest.partition(":")[2].startswith(digits)]
    if len(found) != 1 or len(digits) < SHORTEST:
        raise typer.BadParameter(
            f"--to {text} names {len(found) or 'none'} of what {asked} was: write more of it"
        )
    return found[0]


def _print(asked: Asked, restored: dict[str, Any]) -> None:
    former, digest = restored["from"], restored["to"]
    if former == digest:
        typer.echo(f"{asked} is that already: nothing to do.")
        return
    was = f"was {short(former)}" if former else "named nothing"
    typer.echo(f"{asked} {was}, and {'would be' if restored['dry_run'] else 'is'} again")
    typer.echo(f"  {digest}")
    for revived in restored["revived"]:
        if revived != digest:
            typer.echo(f"  {revived} with it")
