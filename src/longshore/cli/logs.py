"""`longshore logs`: what a service has written, wherever it runs."""

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.times import seconds
from longshore.cli.wishes import Environment

if TYPE_CHECKING:
    from longshore.client.logs import Line
    from longshore.client.reading import Answer, Wish

TAIL = 100  # lines
MOST = 2000  # lines that a server lets anybody ask for

CUT = "lines before these were left out: there were too many"

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")

Service = Annotated[str, typer.Argument(help="Name of the service.", show_default=False)]
Tail = Annotated[
    int | None,
    typer.Option(help=f"How many lines: {TAIL}, or all since then.", min=0, max=MOST),
]
Since = Annotated[str, typer.Option(metavar="TIME", help="How long ago at most, as 10m.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")]
Hosts = Annotated[list[str] | None, typer.Option("--host", help="This host; all of them.")]
Timestamps = Annotated[bool, typer.Option("--timestamps", "-t", help="When it was, in UTC.")]


@with_registry
def logs(  # noqa: PLR0913  each is an option
    registry: Registry,
    environment: Environment,
    service: Service,
    *,
    tail: Tail = None,
    since: Since = "",
    follow: Follow = False,
    host: Hosts = None,
    timestamps: Timestamps = False,
    as_json: Json = False,
) -> None:
    """Print what a service of an environment has written last, on all of its hosts.

    Example: `longshore logs staging web --since 10m --follow`

    Each host's lines come when it answers. Deployers and administrators may read them; the server
    hands them on, and can not read them.
    """
    from longshore.client.reading import Reading

    wish = _wish(service, tail, since, host or [])
    show = Printer(is_json=as_json, has_times=timestamps)
    with registry.opened() as management:
        for answer in Reading(management, environment).lines(wish, follows=follow):
            show(answer)
    if not show.has_read:
        raise typer.Exit(1)


def _wish(service: str, tail: int | None, since: str, hosts: list[str]) -> "Wish":
    """Raises typer.BadParameter."""
    from longshore.client.reading import Wish

    ago = max(1, round(seconds(since, "--since"))) if since else None
    lines = tail if tail is not None else MOST if since else TAIL
    return Wish(service, lines, ago, hosts)


class Printer:
    """Prints answers: lines to standard output, and what is to be known of a host elsewhere."""

    def __init__(self, *, is_json: bool, has_times: bool) -> None:
        self._is_json = is_json
        self._has_times = has_times
        self._notes: dict[str, str] = {}
        self.has_read = False
        """Whether any host could say what there is."""

    def __call__(self, answer: "Answer") -> None:
        host, told = answer
        self.has_read = self.has_read or not told.problem
        if told.is_cut:
            self._note(host, CUT)
        for line in told.lines:
            self._line(host, line)
        if told.problem != self._notes.get(host, ""):  # once, while it lasts
            self._notes[host] = told.problem
            if told.problem:
                self._note(host, told.problem)

    def _line(self, host: str, line: "Line") -> None:
        from longshore.client.reading import rfc3339

        if self._is_json:
            at = rfc3339(line.at)
            said = {"host": host, "container": line.container, "at": at, "text": line.text}
            typer.echo(json.dumps(said))
            return
        when = f"{rfc3339(line.at)} " if self._has_times else ""
        typer.echo(f"{host} | {when}{printable(line.text)}")

    def _note(self, host: str, text: str) -> None:
        if self._is_json:
            typer.echo(json.dumps({"host": host, "note": text}))
        else:
            typer.echo(f"{host}: {printable(text)}", err=True)


def printable(text: str) -> str:
    """With nothing in it that a terminal would obey: colours go, the rest is shown as escapes."""
    if text.isprintable():
        return text
    return "".join(map(_shown, _COLOURS.sub("", text)))


def _shown(character: str) -> str:
    if character.isprintable() or character == "\t" or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")
