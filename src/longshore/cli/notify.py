"""`longshore notify`: who is told of events: by webhook, in a chat, by mail.

Decides that a secret is alone on standard output, so that it can be piped to where it is kept.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from longshore.cli import accounts
from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_done, print_json, print_table, when
from longshore.cli.times import seconds
from longshore.delivery.notifications.events import WANTED

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Who is told of events: by webhook, in a chat, by mail.",
)

Name = Annotated[str, typer.Argument(show_default=False)]
Webhook = Annotated[
    str, typer.Option(metavar="URL", show_default=False, help="Where signed JSON is sent.")
]
Slack = Annotated[
    str,
    typer.Option(
        metavar="URL",
        show_default=False,
        help="An incoming webhook of Slack, or of what takes the same; `-` reads it from standard"
        " input.",
    ),
]
Overlap = Annotated[str, typer.Option(metavar="DURATION", help="For how long both secrets sign.")]
Email = Annotated[
    str, typer.Option(metavar="ADDRESS", show_default=False, help="Whom mail is sent.")
]
Events = Annotated[
    str,
    typer.Option(
        metavar="EVENT,…", show_default=False, help=f"Some of {', '.join(WANTED)}; or all."
    ),
]
Only = Annotated[str, typer.Option(metavar="PATTERN", show_default=False, help="Only of these.")]


@app.command()
@with_registry
def add(  # noqa: PLR0913  each is an option
    registry: Registry,
    name: Name,
    *,
    webhook: Webhook = "",
    slack: Slack = "",
    email: Email = "",
    on: Events = "",
    repositories: Only = "",
    environments: Only = "",
    as_json: Json = False,
) -> None:
    """Tell somebody of events from now on; for a webhook, print the secret that signs, this once.

    Example: `longshore notify add ci --webhook https://ci.example.com/hook --on tag-moved
    --repositories 'team/**'`

    Without --on, it is all events: those of tags alone with just --repositories, those of
    environments alone with just --environments.
    """
    body = {
        "name": name,
        **_target({"webhook": webhook, "slack": slack, "email": email}),
        "events": [_event(text) for text in on.split(",") if text],
        "repositories": repositories or None,
        "environments": environments or None,
    }
    added = registry.ask("POST", "/notifications", body)
    if as_json:
        print_json(added)
        return
    if added["secret"]:
        typer.echo(added["secret"])
        typer.echo("That is the secret that signs, which is shown this once.", err=True)
    typer.echo(f"Added {name}. To try it: longshore notify test {name}", err=True)


def _target(given: Mapping[str, str]) -> dict[str, str]:
    """Raises typer.BadParameter."""
    chosen = [(medium, address) for medium, address in given.items() if address]
    if len(chosen) != 1:
        raise typer.BadParameter("give one of --webhook, --slack and --email")
    [(medium, address)] = chosen
    if address == "-":
        address = sys.stdin.readline().strip()
    return {"medium": medium, "address": address}


def _event(text: str) -> str:
    word = text.strip()
    if word not in WANTED:
        raise typer.BadParameter(f"{word!r} is no event: write some of {', '.join(WANTED)}")
    return word


@app.command()
@with_registry
def rotate(
    registry: Registry, name: Name, *, overlap: Overlap = "1d", as_json: Json = False
) -> None:
    """Sign what a webhook gets with a new secret, and with the former one for a while.

    Example: `longshore notify rotate ci --overlap 2h`

    What waits is sent as ever. With `--overlap 0s` the former secret is good for nothing at once.
    """
    body = {"overlap": round(seconds(overlap, "--overlap"))}
    rotated = registry.ask("POST", accounts.path("notifications", name, "secret"), body)
    if as_json:
        print_json(rotated)
        return
    typer.echo(rotated["secret"])
    typer.echo("That is the secret that signs, which is shown this once.", err=True)
    if body["overlap"]:
        typer.echo(f"Until {when(rotated['former_until'])} the former signs, too.", err=True)


@app.command("list")
@with_registry
def show_all(registry: Registry, *, as_json: Json = False) -> None:
    """List who is told of which events, and how that fares.

    Example: `longshore notify list`
    """
    found = registry.all("/notifications", "notifications")
    if as_json:
        print_json(found)
        return
    rows = [(one["name"], one["target"], _wanted(one), _state(one)) for one in found]
    missing = "Nobody is told of anything yet: `longshore notify add --help`."
    print_table(("NAME", "TARGET", "EVENTS", "STATE"), rows, missing)


def _wanted(one: Mapping[str, Any]) -> str:
    events = "all" if len(one["events"]) == len(WANTED) else ", ".join(one["events"])
    places = [one[name] for name in ("repositories", "environments") if one[name]]
    return " ".join([events, *places])


def _state(one: Mapping[str, Any]) -> str:
    return "; ".join(_told(one)) or "nothing sent yet"


def _told(one: Mapping[str, Any]) -> Iterator[str]:
    if one["problem"]:
        yield one["problem"]
    elif one["delivered_at"]:
        yield f"last {when(one['delivered_at'])}"
    if one["waiting"]:
        yield f"{one['waiting']} waiting since {when(one['waiting_since'])}"
    if one["dropped"]:
        yield f"{one['dropped']} given up"


@app.command()
@with_registry
def remove(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """Tell nobody there any more; what waits is given up.

    Example: `longshore notify remove ci`
    """
    registry.ask("DELETE", accounts.path("notifications", name))
    print_done({"name": name}, f"Removed {name}.", as_json=as_json)


@app.command("test")
@with_registry
def try_out(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """Send a test at once, and show what the target says.

    Example: `longshore notify test ci`

    The exit code is 1 if it does not take it.
    """
    trial = registry.ask("POST", accounts.path("notifications", name, "test"), {})
    if as_json:
        print_json(trial)
    else:
        word = "Delivered" if trial["is_delivered"] else "Not delivered"
        typer.echo(f"{word}: {trial['reply']}")
    if not trial["is_delivered"]:
        raise typer.Exit(1)
