"""What commands about users, robots and trusts have in common, and the grants that come with them.

Decides how a grant is typed: PATTERN:VERBS, with commas between the verbs.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from longshore.cli.registries import Registry
from longshore.cli.tables import print_json

Grants = Annotated[
    list[str] | None,
    typer.Option(
        "--grant",
        metavar="PATTERN:VERBS",
        help="What it may do where, such as `team/**:pull,push`; may be given several times.",
    ),
]
Description = Annotated[str, typer.Option(help="What or who it is, for those who list accounts.")]


def parse_grants(texts: Sequence[str] | None) -> list[dict[str, object]]:
    """What the API is told of `--grant` options."""
    grants: list[dict[str, object]] = []
    for text in texts or ():
        pattern, colon, verbs = text.rpartition(":")
        if not (pattern and colon):
            raise typer.BadParameter(f"{text}: write PATTERN:VERBS, such as 'team/**:pull,push'")
        grants.append({"pattern": pattern, "verbs": parse_verbs(verbs)})
    return grants


def parse_verbs(text: str) -> list[str]:
    verbs = text.split(",")
    wrong = [verb for verb in verbs if verb not in {"pull", "push", "delete", "admin"}]
    if wrong:
        raise typer.BadParameter(
            f"{wrong[0]!r} is no verb: write pull, push, delete and admin, with commas between"
        )
    return verbs


def path(*names: str) -> str:
    """The address below the API of what these names name."""
    from longshore.client.management import place

    return place(*names)


def enable(registry: Registry, noun: str, name: str, *, is_enabled: bool, as_json: bool) -> None:
    changed = registry.ask("PATCH", path(noun, name), {"is_enabled": is_enabled})
    tell(changed, f"{'Enabled' if is_enabled else 'Disabled'} {name}.", as_json=as_json)


def remove(registry: Registry, noun: str, name: str, *, as_json: bool) -> None:
    tell(registry.ask("DELETE", path(noun, name)), f"Removed {name}.", as_json=as_json)


def tell(reply: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """Say what was done, and that nobody is left who administers if that is so."""
    if as_json:
        print_json(reply)
    else:
        typer.echo(text)
    if reply["was_last_administrator"]:
        typer.echo(
            "That was the last administrator. The registry is managed on its own machine now;"
            " `longshore grant add NAME '**' admin`, typed there, makes another one.",
            err=True,
        )


def tell_if_first(added: Mapping[str, Any]) -> None:
    """The first account changes what everybody else may do."""
    if added["is_first"]:
        typer.echo(
            "This is the first account: from now on nobody may do anything that was not granted.",
            err=True,
        )
