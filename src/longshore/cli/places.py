"""What the commands that speak to registries share: places as arguments, and a session.

It decides how they look on the command line. What a place is, `client.places` decides; a text
that is none is a usage error.
"""

import contextlib
import functools
import inspect
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from longshore.oci.errors import OCIError

if TYPE_CHECKING:
    from longshore.client.places import LayoutPath, Place
    from longshore.oci.image import ImageReference
    from longshore.oci.platform import Platform

DEFAULT_JOBS = 6  # of `client.pool`, whose import takes longer than showing help should
SAME = 4  # the exit code of --exit-code

_PANEL = "Registries"
Insecure = Annotated[
    list[str] | None,
    typer.Option(
        metavar="HOST",
        help="Speak to this host in the clear, or without checking its certificate. Repeatable.",
        rich_help_panel=_PANEL,
    ),
]
Jobs = Annotated[
    int, typer.Option(min=1, max=32, help="Transfers at a time.", rich_help_panel=_PANEL)
]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="End with 4 if both sides are the same already.")
]
PlatformOption = Annotated[
    str | None,
    typer.Option("--platform", metavar="OS/ARCH", help="Only this platform's image of an index."),
]

Command = Callable[..., None]
_Parsed = TypeVar("_Parsed")


def with_session(command: Command) -> Command:
    """Give a command the options that a session needs, and call it with one that is open."""

    def run(insecure: list[str] | None, **given: Any) -> None:
        from longshore.client.session import Session

        with Session(os.environ, insecure=insecure or ()) as session:
            command(session, **given)

    return extended(command, run, keyword("insecure", Insecure, default=None))


def extended(command: Callable[..., object], run: Command, *options: inspect.Parameter) -> Command:
    """`run` in the clothes of the command, whose first argument it makes of these options.

    Typer reads a command's options off its signature, so that is where they are added.
    """
    functools.update_wrapper(run, command)
    parameters = [*list(inspect.signature(command).parameters.values())[1:], *options]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def keyword(name: str, annotation: Any, *, default: object) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def place(text: str) -> "Place":
    """An image of a registry, or a layout."""
    from longshore.client import places

    return parsed(places.parse, text)


def image(text: str) -> "ImageReference":
    from longshore.oci.image import ImageReference

    return parsed(ImageReference.parse, text)


def home(text: str) -> "ImageReference":
    """An image of the team's own registry, where no host is named: LONGSHORE_SERVER says which, and
    without it it is that of this machine."""
    from longshore.oci.image import is_host

    first, slash, _ = text.partition("/")
    return image(text if slash and is_host(first) else f"{home_host()}/{text}")


def home_host() -> str:
    """Host and port of the team's own registry; raises typer.BadParameter."""
    from longshore.client import home

    try:
        return home.host(os.environ)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None


def place_at_home(text: str) -> "Place":
    """A layout, or an image as `home` has it."""
    from longshore.client import places

    return place(text) if places.is_path(text) else home(text)


@contextlib.contextmanager
def looking(*places: "Place") -> Iterator[None]:
    """Say of what is not there by which name it was looked for; raises Unknown then."""
    from longshore.oci.errors import ManifestUnknown, NameUnknown
    from longshore.oci.image import ImageReference
    from longshore.registry.refusals import Unknown

    try:
        yield
    except (ManifestUnknown, NameUnknown):
        told = f"there is no {' or no '.join(map(str, places))}"
        hosts = sorted({each.host for each in places if isinstance(each, ImageReference)})
        lists = " and ".join(f"`longshore ls {host}`" for host in hosts)
        raise Unknown(f"{told}: {lists} lists repositories" if hosts else told) from None


def layout_path(text: str) -> "LayoutPath | None":
    """The archive or folder that a text names; None if it is the name of an image."""
    from longshore.client import places

    found = parsed(places.parse_path, text.removeprefix(places.PREFIX))
    is_path = (
        text.startswith(("/", "./", "../", places.PREFIX))
        or found.path.suffix == places.ARCHIVE_ENDING
    )
    return found if is_path or found.path.exists() else None


def platform_of(text: str | None) -> "Platform | None":
    from longshore.oci.platform import Platform

    return parsed(Platform.parse, text) if text else None


def parsed(parse: Callable[[str], _Parsed], text: str) -> _Parsed:
    try:
        return parse(text)
    except (OCIError, ValueError) as problem:
        raise typer.BadParameter(f"{text}: {problem}") from None


def size(count: int) -> str:
    """Bytes, as people read them."""
    if count < 1000:
        return f"{count} bytes"
    for power, unit in enumerate(("kB", "MB", "GB"), start=1):
        if count < 1000 ** (power + 1):
            return f"{count / 1000**power:.1f} {unit}"
    return f"{count / 1000**4:.1f} TB"
