"""`longshore env`: environments, as they are declared and as they stand."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from longshore.cli import decisions, differences, hosts
from longshore.cli.output import Json
from longshore.cli.places import SAME, ExitCode
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_done, print_json, print_table

if TYPE_CHECKING:
    from longshore.delivery.environments.environment import Environment
    from longshore.delivery.rollouts.health import Health
    from longshore.delivery.rollouts.services import Service

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Where services run, and which images.",
)

Name = Annotated[str, typer.Argument(help="Name of the environment.", show_default=False)]
File = Annotated[
    Path | None,
    typer.Option(
        "--file", "-f", help="A longshore.yaml; that of this checkout.", show_default=False
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would change.")]

_PROBE = re.compile(r"http:(?P<port>[0-9]*)(?P<path>/.*)")


@app.command()
@with_registry
def create(  # noqa: PLR0913  each is an option
    registry: Registry,
    name: Name,
    *,
    follow: Annotated[str, typer.Option(help="A tag, or versions such as ~1.0.")] = "",
    pin: Annotated[str, typer.Option(help="A tag to stay with.")] = "",
    promote_from: Annotated[str, typer.Option(help="The environment before.")] = "",
    approvals: Annotated[int, typer.Option(help="How many have to approve.", min=0)] = 0,
    image: Annotated[
        list[str] | None, typer.Option(help="An image of the registry; those of the checkout.")
    ] = None,
    verify: Annotated[str, typer.Option(help="A request, as http:8080/health.")] = "",
    as_json: Json = False,
) -> None:
    """Make an environment. What else can be said of one is said in a longshore.yaml.

    Example: `longshore env create staging --follow master --image mysample`

    Without an image, it has the services of the longshore.yaml of this checkout. What proves a new
    container is in there, too, or is said by `--verify` where there is one service.
    """
    rules = {
        "follow": follow,
        "pin": pin,
        "promote_from": promote_from,
        "approvals": approvals,
    }
    declared = _declared(name, _services(image or [], verify), rules)
    body = {"environments": [declared]}
    plan = registry.ask("PUT", "/environments", body, is_new="true")
    if as_json:
        print_json(plan["changes"])
    else:
        typer.echo(f"{name} {declared.track}.")


def _declared(name: str, services: "tuple[Service, ...]", rules: Any) -> "Environment":
    """Raises typer.BadParameter."""
    from longshore.delivery.environments.environment import Environment

    try:
        return Environment(name, services, **rules)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None


def _services(images: list[str], verify: str) -> "tuple[Service, ...]":
    """One for each image; or those of the checkout. Raises typer.BadParameter."""
    from longshore.delivery.rollouts.services import Service

    health = _health(verify)
    try:
        if images:
            return tuple(Service(each.rpartition("/")[2], each, health=health) for each in images)
        found = _of_project()
        if verify and len(found) > 1:
            raise typer.BadParameter(
                "--verify is for one service: write what proves each into longshore.yaml"
            )
        return tuple(replace(each, health=health) for each in found) if verify else found
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None


def _of_project() -> "tuple[Service, ...]":
    from longshore.source import project

    file = project.find(Path.cwd())
    if file is None:
        raise typer.BadParameter("say --image, or be in a folder with a longshore.yaml")
    return project.load(file).to_services()


def _health(verify: str) -> "Health":
    """Raises typer.BadParameter."""
    from longshore.delivery.rollouts.health import Health, Probe

    if not verify:
        return Health()
    probe = _PROBE.fullmatch(verify)
    if probe is None:
        raise typer.BadParameter(f"--verify: write http:8080/health, not {verify!r}")
    return Health(http=Probe(probe["path"], int(probe["port"] or 80)))


@app.command()
@with_registry
def apply(
    registry: Registry, *, file: File = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Let environments be as a longshore.yaml says. What it does not name stays as it is.

    Example: `longshore env apply --file longshore.yaml --dry-run`

    Applying again changes nothing. A hold, a freeze and the history outlive a change.
    """
    from longshore.source import project

    found = file or project.find(Path.cwd())
    if found is None:
        raise typer.BadParameter("there is no longshore.yaml here: say --file")
    declared = project.load(found).to_environments()
    if not declared:
        raise typer.BadParameter(f"{found} declares no environments")
    body = {"environments": declared}
    plan = registry.ask("PUT", "/environments", body, dry_run=str(dry_run).lower())
    if as_json:
        print_json(plan["changes"])
        return
    rows = [(one["act"], one["environment"], ", ".join(one["fields"])) for one in plan["changes"]]
    print_table(("WOULD" if dry_run else "DONE", "ENVIRONMENT", "FIELDS"), rows)


@app.command("list")
@with_registry
def show_all(registry: Registry, *, as_json: Json = False) -> None:
    """List environments, and what they follow.

    Example: `longshore env list`
    """
    found = registry.all("/environments", "environments")
    if as_json:
        print_json(found)
        return
    rows = [
        (one["name"], one["track"], ", ".join(each["repository"] for each in one["images"]))
        for one in found
    ]
    missing = "There are no environments yet: `longshore env create NAME`."
    print_table(("NAME", "TRACK", "IMAGES"), rows, missing)


@app.command()
@with_registry
def show(registry: Registry, name: Name) -> None:
    """Print an environment as it was declared and as it stands, as JSON.

    Example: `longshore env show staging`
    """
    from longshore.client.management import place

    print_json(registry.ask("GET", f"/environments{place(name)}"))


@app.command()
@with_registry
def remove(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """Remove an environment. Its history stays, and so does what its hosts run.

    Example: `longshore env remove staging`
    """
    from longshore.client.management import place

    registry.ask("DELETE", f"/environments{place(name)}")
    told = f"There is no environment {name} any more."
    print_done({"environment": name}, told, as_json=as_json)


@app.command()
@with_registry
def history(
    registry: Registry, name: Name, *, limit: decisions.Limit = 20, as_json: Json = False
) -> None:
    """Print what was decided, by whom and why, the newest first.

    Example: `longshore env history production`
    """
    from longshore.client.management import place

    found = registry.ask("GET", f"/environments{place(name)}/history", limit=limit)
    decisions.show(found["decisions"], as_json=as_json)


@app.command()
@with_registry
def diff(
    registry: Registry,
    name: Name,
    other: Annotated[str, typer.Argument(help="Name of the other.", show_default=False)],
    *,
    exit_code: ExitCode = False,
    as_json: Json = False,
) -> None:
    """Show in what two environments differ, with the commits between where the checkout has them.

    Example: `longshore env diff staging production`
    """
    from longshore.client.management import place

    pair = [registry.ask("GET", f"/environments{place(each)}") for each in (name, other)]
    is_same = differences.show(*pair, as_json=as_json)
    raise typer.Exit(SAME if exit_code and is_same else 0)


app.command("join-code")(hosts.join_code)
app.command("hosts")(hosts.hosts)
app.command("remove-host")(hosts.remove_host)
