"""`longshore gc`: what the collector has done, what it would do, and doing it now.

It renders what `server.maintenance` answers. A server may run meanwhile.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import typer

from longshore.cli.options import with_settings
from longshore.cli.output import Json
from longshore.cli.progress import watching
from longshore.server.config import Configuration, Settings

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="List what the next collection removes, and remove none.")
]
NoUndelete = Annotated[
    bool,
    typer.Option(
        "--no-undelete",
        help="Give up what could still be restored: it goes when the grace has passed.",
    ),
]
Now = Annotated[bool, typer.Option("--now", help="Collect everything that is due.")]

STATE = {
    "garbage_queue": "Contents to look at",
    "discarded_bytes": "Bytes to unlink",
    "trash": "Manifests in the trash",
    "collector_last_run_seconds": "Last round",
    "collected_manifests": "Manifests removed so far",
    "collected_blobs": "Blobs removed so far",
    "collected_bytes": "Bytes set free so far",
    "stray_files": "Stray files removed so far",
    "expired_uploads": "Uploads given up so far",
}


@with_settings("root", "gc_grace")
def gc(
    configuration: Configuration,
    *,
    dry_run: DryRun = False,
    now: Now = False,
    no_undelete: NoUndelete = False,
    as_json: Json = False,
) -> None:
    """Show the state of garbage collection, or what it would remove, or collect at once.

    Example: `longshore gc --root /srv/longshore --dry-run`

    The server collects by itself; this works beside it, and without it. What was deleted, or what
    a tag named before, is kept for the undelete window. `--no-undelete` ends it for all there is,
    once; with `--now --gc-grace 0` its bytes are free at once, and pushes under way may fail.
    With `--dry-run` it lists what would go in time.
    """
    if dry_run and now:
        raise typer.BadParameter("--dry-run and --now exclude each other")
    if dry_run:
        _foresee(configuration.settings, no_undelete, as_json)
        return
    if no_undelete:
        _end_undelete(configuration.settings)
    if now:
        _collect(configuration.settings, as_json)
    elif not no_undelete:
        _state(configuration.settings, as_json)


def _state(settings: Settings, as_json: bool) -> None:
    from longshore.server import maintenance

    found = maintenance.state(settings)
    values = {name: found.get(name, 0) for name in STATE}
    if as_json:
        typer.echo(json.dumps(values, indent=2))
        return
    width = max(map(len, STATE.values()))
    for name, text in STATE.items():
        typer.echo(f"{text:{width}}  {_shown(name, values)}")


def _shown(name: str, values: Mapping[str, int]) -> str:
    if name == "collector_last_run_seconds":
        when = datetime.fromtimestamp(values[name]).astimezone()
        return f"{when:%Y-%m-%d %H:%M:%S %z}" if values[name] else "never"
    return str(values[name])


def _end_undelete(settings: Settings) -> None:
    from longshore.server import maintenance

    with watching() as watch:
        ended = maintenance.end_undelete(settings, watch)
    typer.echo(f"Of {ended} contents, none is kept for longer than the grace.", err=True)


def _foresee(settings: Settings, in_time: bool, as_json: bool) -> None:
    from longshore.server import maintenance

    removals = maintenance.foresee(settings, in_time=in_time)
    if as_json:
        typer.echo(json.dumps([removal._asdict() for removal in removals], indent=2))
        return
    for one in removals:
        place = f"{one.repository}@{one.name}" if one.repository else one.name
        typer.echo(f"{one.kind:10}{place}  {one.bytes} bytes: {one.reason}")
    kinds = [one.kind for one in removals]
    typer.echo(
        f"{_total(kinds)} would go, with {sum(one.bytes for one in removals)} bytes. Nothing has."
    )


def _total(kinds: Sequence[str]) -> str:
    return ", ".join(f"{kinds.count(kind)} {kind}s" for kind in ("manifest", "blob", "file"))


def _collect(settings: Settings, as_json: bool) -> None:
    from longshore.server import maintenance

    with watching() as watch:
        done = maintenance.collect(settings, watch)
    if as_json:
        typer.echo(json.dumps(done._asdict(), indent=2))
        return
    typer.echo(
        f"Removed {done.manifests} manifests and {done.blobs} blobs, which sets {done.bytes} bytes"
        f" free; unlinked {done.files} files."
    )
    if done.bytes:
        typer.echo("Files of removed blobs are unlinked a minute later, by the next collection.")
