"""Joining: a code that somebody made becomes the secret by which this host is known.

Decides that a code is used once, here as at the server: where a secret is kept already, it is that
which counts, so that whatever starts the agent may name the code each time.
"""

from __future__ import annotations

from pathlib import Path

from longshore.client.management import Management, place
from longshore.engine.journal import save

SECRET = "secret"  # noqa: S105  the name of a file


def kept(folder: Path) -> str:
    """The secret of this host; empty if it has not joined. Raises OSError."""
    try:
        return (folder / SECRET).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def join(management: Management, environment: str, host: str, code: str, folder: Path) -> str:
    """Trade the code for a secret and keep that for this user alone; answers it.

    Raises what the registry refuses it with, Unreachable of the client, and Unavailable if it can
    not be kept.
    """
    # Before the code is used: a secret that can not be kept is one that nobody has.
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / SECRET, b"")
    try:
        body = {"host": host, "code": code}
        joined = management.ask("POST", f"/environments{place(environment)}/hosts", body)
        secret: str = joined["secret"]
        save(folder / SECRET, secret.encode("ascii"))
    except BaseException:
        (folder / SECRET).unlink(missing_ok=True)
        raise
    return secret
