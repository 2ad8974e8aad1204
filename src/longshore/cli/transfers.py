"""What copy, promote and push share: their options, and what is told of them at the end.

It decides what goes to which stream: the image that is there now, or JSON, to standard output,
everything else to standard error. It knows nothing of how content goes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import typer

from longshore.cli.output import Json, counted
from longshore.cli.places import (
    DEFAULT_JOBS,
    SAME,
    Command,
    ExitCode,
    Insecure,
    Jobs,
    extended,
    keyword,
    size,
)
from longshore.cli.watching import watching_content

if TYPE_CHECKING:
    from longshore.client.copying import Copied, Difference, Watch
    from longshore.client.places import Place
    from longshore.client.session import Session
    from longshore.client.shipping import Options, Shipment


class Transfer(NamedTuple):
    """What a command needs to move content."""

    session: Session
    watch: Watch

    def shipment(self, source: Place, target: Place, options: Options | None = None) -> Shipment:
        from longshore.client.shipping import Options, Shipment

        return Shipment(self.session, source, target, options or Options(), self.watch)


class Told(Protocol):
    """What a command that moves content answers."""

    @property
    def is_nothing(self) -> bool:
        """Whether all was there before."""

    def as_dict(self) -> dict[str, object]:
        """The last event, for programs."""

    def show(self) -> None:
        """Tell it to people."""


class Outcome(NamedTuple):
    """What there was to copy, and what came of it: None if that was not wanted."""

    target: Place
    difference: Difference
    copied: Copied | None

    @property
    def is_nothing(self) -> bool:
        return self.difference.is_nothing

    def as_dict(self) -> dict[str, object]:
        return _as_dict(self)

    def show(self) -> None:
        _print(self)


def with_transfer(command: Callable[..., Told]) -> Command:
    """Give a command the options of a transfer, call it with one, and tell what it answers."""

    def run(
        insecure: list[str] | None, jobs: int, *, exit_code: bool, as_json: bool, **given: Any
    ) -> None:
        from longshore.client.session import Session

        with Session(os.environ, insecure=insecure or (), jobs=jobs) as session:
            with watching_content(as_json=as_json) as watch:
                outcome = command(Transfer(session, watch), **given)
            if as_json:
                typer.echo(json.dumps(outcome.as_dict()))
            else:
                outcome.show()
        raise typer.Exit(SAME if exit_code and outcome.is_nothing else 0)

    return extended(
        command,
        run,
        keyword("exit_code", ExitCode, default=False),
        keyword("as_json", Json, default=False),
        keyword("insecure", Insecure, default=None),
        keyword("jobs", Jobs, default=DEFAULT_JOBS),
    )


def _print(outcome: Outcome) -> None:
    tree = outcome.difference.tree
    if outcome.copied is None:
        _print_plan(outcome.difference)
    typer.echo(summary(outcome.difference, outcome.copied), err=True)
    typer.echo(f"{outcome.target}@{tree.root.digest}")


def _print_plan(difference: Difference) -> None:
    for digest in sorted(difference.nodes):
        count = size(len(difference.tree.nodes[digest].pulled.content))
        typer.echo(f"manifest  {digest[:19]}  {count}", err=True)
    for blob in difference.blobs:
        typer.echo(f"blob      {blob.digest[:19]}  {size(blob.size)}", err=True)
    for tag, node in difference.tree.tags.items():
        typer.echo(f"tag       {node.digest[:19]}  {tag}", err=True)


def summary(difference: Difference, copied: Copied | None) -> str:
    """How much went, or would go."""
    manifests = counted(len(difference.nodes), "manifest")
    lacking = f"{manifests}, {counted(len(difference.blobs), 'blob')}"
    if difference.is_nothing:
        return "Nothing to do: all of it is there."
    if copied is None:
        return f"{lacking}, {size(difference.bytes)} would go. Nothing has."
    mounted = f", of which {copied.mounted} mounted" if copied.mounted else ""
    return f"{lacking}{mounted}: {size(copied.bytes)} went."


def _as_dict(outcome: Outcome) -> dict[str, object]:
    """The last event. Its keys are those of `docker buildx build --metadata-file`, where that has
    them."""
    difference, copied = outcome.difference, outcome.copied
    root = difference.tree.root.pulled
    return {
        "event": "done" if copied else "plan",
        "image.name": str(outcome.target),
        "containerimage.digest": root.digest,
        "containerimage.descriptor": {
            "mediaType": root.media_type,
            "digest": root.digest,
            "size": len(root.content),
        },
        "manifests": len(difference.nodes),
        "blobs": len(difference.blobs),
        "mounted": copied.mounted if copied else 0,
        "bytes": copied.bytes if copied else difference.bytes,
        "nothing_to_do": difference.is_nothing,
    }
