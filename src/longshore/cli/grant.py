"""`longshore grant`: who may do what to which repositories."""

from typing import Annotated

import typer

from longshore.cli.accounts import parse_verbs, tell
from longshore.cli.group import Unknown
from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_json, print_table

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Who may do what, where.",
)

Subject = Annotated[
    str,
    typer.Argument(
        help="An account, @GROUP, `authenticated` or `anonymous`.",
        show_default=False,
    ),
]
Pattern = Annotated[
    str,
    typer.Argument(help="Repositories, such as `team/**`; `**` is all.", show_default=False),
]
Verbs = Annotated[
    str,
    typer.Argument(
        help="Of pull, push, delete and admin, with commas between.",
        show_default=False,
    ),
]


@app.command()
@with_registry
def add(
    registry: Registry,
    subject: Subject,
    pattern: Pattern,
    verbs: Verbs,
    *,
    unknown: Unknown = False,
    as_json: Json = False,
) -> None:
    """Let a subject do this there, in place of what it could do there so far.

    Example: `longshore grant add alice 'team/**' pull,push,delete`

    Who may push or delete may pull. Who has `admin` may do all, and grant it to others there.
    """
    body = {"verbs": parse_verbs(verbs), "may_be_unknown": unknown}
    given = registry.ask("PUT", "/grants", body, subject=subject, pattern=pattern)
    tell(given, f"{subject} may {', '.join(given['verbs'])} in {pattern}.", as_json=as_json)


@app.command("list")
@with_registry
def show_all(
    registry: Registry,
    *,
    subject: Annotated[str, typer.Option(help="Of this one.", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """List grants that you may decide on.

    Example: `longshore grant list --subject anonymous`
    """
    grants = registry.all("/grants", "grants", subject=subject)
    if as_json:
        print_json(grants)
        return
    rows = [(one["subject"], one["pattern"], ",".join(one["verbs"])) for one in grants]
    missing = "There are no grants yet: `longshore grant add NAME 'team/**' pull,push`."
    print_table(("SUBJECT", "PATTERN", "VERBS"), rows, missing)


@app.command()
@with_registry
def remove(
    registry: Registry, subject: Subject, pattern: Pattern, *, as_json: Json = False
) -> None:
    """Remove a grant; what others allow stays allowed.

    Example: `longshore grant remove alice 'team/**'`
    """
    removed = registry.ask("DELETE", "/grants", subject=subject, pattern=pattern)
    tell(removed, f"{subject} has no grant for {pattern} any more.", as_json=as_json)
