"""`longshore tags`: what an image of this checkout is called, and why.

It reads the checkout, asks `delivery`, and prints. Nothing is pushed, and no
registry is asked unless that is wanted.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.checkouts import Given, with_checkout
from longshore.cli.output import Json
from longshore.cli.places import home, with_session

if TYPE_CHECKING:
    from longshore.client.session import Session
    from longshore.delivery.tags.checkout import Checkout
    from longshore.delivery.tags.naming import Naming
    from longshore.delivery.tags.policy import Policy
    from longshore.source.project import Project

OUTPUTS = "GITHUB_OUTPUT"  # names the file that a step of GitHub Actions writes its outputs to

FromRegistry = Annotated[
    bool,
    typer.Option("--registry", help="Decide the aliases by the versions in the registry."),
]
FromGit = Annotated[
    bool,
    typer.Option(
        "--aliases-from-git",
        help="Decide the aliases by the tags of this clone, as if all were in the registry.",
    ),
]
GitHub = Annotated[
    bool, typer.Option("--github-output", help=f"Add outputs to the file that ${OUTPUTS} names.")
]
Dotenv = Annotated[bool, typer.Option("--dotenv", help="Print variables: IMAGE_TAGS and others.")]


@with_session
@with_checkout
def tags(  # noqa: PLR0913 - each is an option
    given: Given,
    session: "Session",
    *,
    registry: FromRegistry = False,
    aliases_from_git: FromGit = False,
    as_json: Json = False,
    github_output: GitHub = False,
    dotenv: Dotenv = False,
) -> None:
    """Print what an image of this checkout is called, and why.

    Example: `longshore tags --json`

    Exit code 1: git does not say enough; the message has the command that mends it. Exit code 3:
    the policy refuses a name, such as a version of files that are not committed.
    """
    from longshore.cli.metadata import Metadata
    from longshore.delivery.tags import naming

    if as_json + github_output + dotenv > 1:
        raise typer.BadParameter("--json, --github-output and --dotenv exclude each other")
    if registry and aliases_from_git:
        raise typer.BadParameter("--registry and --aliases-from-git exclude each other")
    project, checkout = given.read_project(), given.read_checkout()
    if registry:
        found = _by_registry(session, given, project, checkout)
    else:
        found = _by_clone(given, project.to_policy(), checkout, by_tags=aliases_from_git)
    for note in _notes(found, aliases_from_git):
        typer.echo(f"note: {note}", err=True)
    labels = naming.labels(checkout, found.names[0].tag, project.title)
    metadata = Metadata(home(project.image).name, found, labels)
    if github_output:
        _add_outputs(metadata.as_outputs())
    elif as_json:
        typer.echo(metadata.as_json(), nl=False)
    else:
        typer.echo(metadata.as_dotenv() if dotenv else metadata.as_text(), nl=False)


def _by_registry(
    session: "Session", given: Given, project: "Project", checkout: "Checkout"
) -> "Naming":
    from longshore.client import naming

    return naming.names(
        session.repository(home(project.image)),
        project.to_policy(),
        checkout,
        variant=given.variant,
        allows_changes=given.dirty,
    )


def _by_clone(given: Given, policy: "Policy", checkout: "Checkout", *, by_tags: bool) -> "Naming":
    """By git alone; with `by_tags` as if all versions that it has were in the registry."""
    from longshore.delivery.tags import naming
    from longshore.source.checkout import all_tags

    known = naming.Known()
    if by_tags:
        there = all_tags(Path.cwd(), os.environ)
        known = naming.Known.from_git(policy, there, given.variant)
    return naming.names(policy, checkout, known, variant=given.variant, allows_changes=given.dirty)


def _notes(found: "Naming", aliases_from_git: bool) -> Iterator[str]:
    yield from found.notes
    if found.undecided:
        yield (
            f"{', '.join(found.undecided)} left out: the versions in the registry decide whether"
            " they move. --registry asks it, --aliases-from-git goes by the tags of this clone"
        )
    if aliases_from_git:
        yield "aliases go by the tags of this clone; the registry may have other versions"


def _add_outputs(text: str) -> None:
    file = os.environ.get(OUTPUTS)
    if not file:
        raise typer.BadParameter(f"--github-output needs {OUTPUTS}, which GitHub Actions sets")
    with Path(file).open("a", encoding="utf-8") as outputs:
        outputs.write(text)
