"""`longshore fsck`: compare every row with every byte, and mend what can be mended.

It renders what `server.maintenance` answers. Exit code 0: nothing is wrong; 1: something is.
"""

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from longshore.cli.options import with_settings
from longshore.cli.output import Json
from longshore.cli.progress import watching
from longshore.server.config import Configuration

if TYPE_CHECKING:
    from longshore.registry.fsck import Finding
    from longshore.server.checking import Checked

NICENESS = 10  # a server beside it goes first

Repair = Annotated[
    bool, typer.Option("--repair", help="Put right what can be without losing anything.")
]
Quick = Annotated[bool, typer.Option("--quick", help="Look at the size of files, not their bytes.")]


@with_settings("root")
def fsck(
    configuration: Configuration,
    *,
    repair: Repair = False,
    quick: Quick = False,
    as_json: Json = False,
) -> None:
    """Check every row and every byte, beside a running server or without one.

    Example: `longshore fsck --root /srv/longshore`

    Exit code 0: nothing is wrong, or no longer. Exit code 1: something is.
    """
    from longshore.server import maintenance

    os.nice(NICENESS)
    with watching() as watch:
        checked = maintenance.check(
            configuration.settings, is_quick=quick, repairs=repair, watch=watch
        )
    if as_json:
        typer.echo(json.dumps(_as_dict(checked), indent=2))
    else:
        _print(checked)
    raise typer.Exit(1 if checked.remaining else 0)


def _as_dict(checked: "Checked") -> dict[str, object]:
    findings = [
        {**finding._asdict(), "is_mended": finding.is_mended} for finding in checked.findings
    ]
    return {**checked._asdict(), "findings": findings, "remaining": checked.remaining}


def _print(checked: "Checked") -> None:
    for finding in checked.findings:
        outcome = f"to mend it: {finding.mend}" if finding.mend else "mended"
        typer.echo(f"{finding.kind}  {_place(finding)}: {finding.problem}; {outcome}")
    mended = len(checked.findings) - checked.remaining
    typer.echo(
        f"Checked {checked.blobs} blobs ({checked.bytes} bytes read) and {checked.manifests}"
        f" manifests. Findings that remain: {checked.remaining}; mended: {mended}."
    )


def _place(finding: "Finding") -> str:
    if not (finding.repository and finding.name):
        return finding.repository or finding.name
    mark = ":" if finding.kind == "tag-broken" else "@"
    return f"{finding.repository}{mark}{finding.name}"
