"""`longshore trust`: builds that log in with the identity tokens of an issuer, without a secret."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from longshore.cli import accounts
from longshore.cli.accounts import Description, Grants, parse_grants
from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import allowed, print_json, print_table

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Builds that log in with the token of an issuer.",
)

Name = Annotated[str, typer.Argument(show_default=False)]
Issuer = Annotated[
    str, typer.Option(metavar="URL", help="What its tokens have in `iss`.", show_default=False)
]
Claims = Annotated[
    list[str],
    typer.Option(
        "--claim",
        metavar="NAME=VALUE",
        help="What a token must claim; `*` is anything but `/`, `**` anything. All must hold.",
        show_default=False,
    ),
]
Audience = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="What its tokens have in `aud`; by itself, the registry's URL.",
        show_default=False,
    ),
]
SingleUse = Annotated[
    bool, typer.Option("--single-use", help="Each token is good for one login only.")
]


@app.command()
@with_registry
def add(  # noqa: PLR0913  each is an option
    registry: Registry,
    name: Name,
    *,
    issuer: Issuer,
    claim: Claims,
    grant: Grants = None,
    audience: Audience = "",
    single_use: SingleUse = False,
    description: Description = "",
    as_json: Json = False,
) -> None:
    """Trust the tokens of an issuer that claim all of this, and let them do what is granted.

    Example: `longshore trust add github --issuer https://token.actions.githubusercontent.com
    --claim repository=acme/app --grant 'team/app:push'`
    """
    body = {
        "name": name,
        "issuer": issuer,
        "claims": _conditions(claim),
        "audience": audience,
        "is_single_use": single_use,
        "description": description,
        "grants": parse_grants(grant),
    }
    added = registry.ask("POST", "/trusts", body)
    if as_json:
        print_json(added)
        return
    typer.echo(f"Added {name}. Builds log in as `oidc`, with a token for {added['audience']}")


@app.command("list")
@with_registry
def show_all(registry: Registry, *, as_json: Json = False) -> None:
    """List trusts, with what their tokens may do.

    Example: `longshore trust list`
    """
    trusts = registry.all("/trusts", "trusts")
    if as_json:
        print_json(trusts)
        return
    rows = [(one["name"], one["issuer"], _shown(one), allowed(one)) for one in trusts]
    missing = "There are no trusts yet: `longshore trust add --help`."
    print_table(("NAME", "ISSUER", "CLAIMS", "GRANTS"), rows, missing)


@app.command()
@with_registry
def remove(registry: Registry, name: Name, *, as_json: Json = False) -> None:
    """Trust it no more; its grants go as well.

    Example: `longshore trust remove github`
    """
    accounts.remove(registry, "trusts", name, as_json=as_json)


def _conditions(texts: Sequence[str]) -> dict[str, str]:
    conditions: dict[str, str] = {}
    for text in texts:
        claim, equals, value = text.partition("=")
        if not (claim and equals and value):
            raise typer.BadParameter(f"{text}: write NAME=VALUE, such as repository=acme/app")
        if claim in conditions:
            raise typer.BadParameter(f"{claim} is given twice: a token has to fit both")
        conditions[claim] = value
    return conditions


def _shown(trust: Mapping[str, Any]) -> str:
    conditions = {**trust["claims"], "aud": trust["audience"]}
    return " ".join(f"{claim}={value}" for claim, value in conditions.items())
