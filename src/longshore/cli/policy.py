"""`longshore policy`: what a server holds pushes to, whatever client they come from."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from longshore.cli.grant import Pattern
from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_done, print_json, print_table

if TYPE_CHECKING:
    from longshore.delivery.tags.rules import Rules

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Which tags may move, and which move by themselves.",
)

Repository = Annotated[str, typer.Argument(metavar="REPO", show_default=False)]
File = Annotated[
    str | None,
    typer.Option("--file", metavar="FILE", help="longshore.yaml here or above if missing."),
]
ForPattern = Annotated[
    str | None,
    typer.Option(
        "--pattern",
        metavar="PATTERN",
        help="Repositories, such as `team/**`; by itself, that of the file's image.",
        show_default=False,
    ),
]


@app.command()
@with_registry
def apply(
    registry: Registry,
    *,
    file: File = None,
    pattern: ForPattern = None,
    as_json: Json = False,
) -> None:
    """Let the rules of a file hold for every push, in place of those there were.

    Example: `longshore policy apply --pattern 'team/**' --server https://registry.example.com`

    They are the keys of longshore.yaml that are about tags. Tags that are there stay as they are.
    """
    repositories, rules = _read(file, pattern)
    body = {"policy": rules.document()}
    applied = registry.ask("PUT", "/policies", body, pattern=repositories)
    if as_json:
        print_json(applied)
        return
    typer.echo(f"{repositories}: {_Summary.of(applied['policy'])}.")


def _read(file: str | None, pattern: str | None) -> "tuple[str, Rules]":
    """For which repositories, and what; raises ProjectError and typer.BadParameter."""
    from longshore.source import project

    found = Path(file) if file else project.find(Path.cwd())
    if found is None:
        raise typer.BadParameter(f"there is no {project.FILE} here: say --file")
    if pattern is not None:
        return pattern, project.load_rules(found)
    loaded = project.load(found)
    return loaded.repository, loaded


class _Summary(NamedTuple):
    """What a policy comes to: whether versions never change, what follows them, what is guarded."""

    immutable: bool
    aliases: list[str]
    protected: list[str]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "_Summary":
        from longshore.delivery.tags.rules import Rules

        rules = Rules.model_validate(document)
        releases = rules.releases
        aliases = [*releases.aliases, *filter(None, [releases.prerelease_channel])]
        return cls(releases.immutable, aliases, list(rules.protected))

    def __str__(self) -> str:
        versions = "versions never change" if self.immutable else "versions may change"
        aliases = f"{', '.join(self.aliases)} follow" if self.aliases else "no alias follows"
        tags = f"{', '.join(self.protected)} protected" if self.protected else "no tag is protected"
        return f"{versions}; {aliases}; {tags}"

    def as_row(self) -> tuple[str, str, str]:
        aliases, protected = (",".join(names) or "-" for names in self[1:])
        return "fixed" if self.immutable else "may change", aliases, protected


@app.command("list")
@with_registry
def show_all(registry: Registry, *, as_json: Json = False) -> None:
    """List policies that you may decide on.

    Example: `longshore policy list`
    """
    policies = registry.all("/policies", "policies")
    if as_json:
        print_json(policies)
        return
    rows = [(one["pattern"], *_Summary.of(one["policy"]).as_row()) for one in policies]
    missing = "There are no policies yet: `longshore policy apply --pattern 'team/**'`."
    print_table(("PATTERN", "VERSIONS", "ALIASES", "PROTECTED"), rows, missing)


@app.command()
@with_registry
def show(registry: Registry, repository: Repository, *, as_json: Json = False) -> None:
    """Print the policy of a repository, as it was written, and for which pattern that was.

    Example: `longshore policy show team/app`
    """
    from longshore.cli.places import parsed
    from longshore.oci.names import RepositoryName
    from longshore.source import document

    name = parsed(RepositoryName.parse, repository)
    found = registry.ask("GET", f"/repositories/{name}/policy")
    if as_json:
        print_json(found)
    elif found["pattern"] is None:
        typer.echo(f"# {name} has no policy: every tag may move.")
    else:
        typer.echo(f"# {name} has the policy of {found['pattern']}")
        typer.echo(document.text(found["policy"]), nl=False)


@app.command()
@with_registry
def remove(registry: Registry, pattern: Pattern, *, as_json: Json = False) -> None:
    """Remove a policy; a less specific one may hold then, or none.

    Example: `longshore policy remove 'team/**'`
    """
    registry.ask("DELETE", "/policies", pattern=pattern)
    told = f"{pattern} has no policy of its own any more."
    print_done({"pattern": pattern}, told, as_json=as_json)
