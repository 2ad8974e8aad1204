"""The parts of a registry, put together by hand: which implementation stands behind which port.

Decides where things are in the data folder:

    longshore.db    rows
    blobs, uploads  bytes
    workers         what the processes of a running server tell each other
    reserve         nothing; room to start in when the disk is full
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from longshore.client import mail
from longshore.client.connection import is_loopback
from longshore.client.notifications import Notifier
from longshore.credentials.htpasswd import HtpasswdFile, HtpasswdInvalid
from longshore.credentials.oidc import OIDCIdentityTokens
from longshore.credentials.passwords import Argon2Passwords
from longshore.credentials.tokens import JWTTokens
from longshore.registry import access, keys
from longshore.registry.credentials import Credentials
from longshore.server.config import ConfigurationError, Settings
from longshore.storage import space, sqlite
from longshore.storage.filesystem import FilesystemBlobStore
from longshore.storage.open_uploads import OpenUploads
from longshore.storage.space import FreeSpace
from longshore.storage.sql.clock import Clock, wall_clock
from longshore.storage.sqlite import SQLiteMetadata

ISSUER = "longshore"  # of tokens


class Parts(NamedTuple):
    metadata: SQLiteMetadata
    store: FilesystemBlobStore
    space: FreeSpace
    open_uploads: OpenUploads


def prepare(settings: Settings) -> None:
    """Make the data folder, or bring it to this release's form."""
    settings.root.mkdir(parents=True, exist_ok=True)
    _close(settings.root)
    space.release_reserve(settings.root)
    FilesystemBlobStore(settings.root).prepare()
    sqlite.migrate(database(settings.root))
    with contextlib.closing(connect(settings).metadata) as metadata:
        asyncio.run(metadata.write(keys.prepare))
    space.keep_reserve(settings.root)


def _close(folder: Path) -> None:
    """Let no other user of the machine read it: the keys that sign tokens are in there.

    Its group is left alone, and a folder that belongs to somebody else is, too.
    """
    with contextlib.suppress(PermissionError):
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~stat.S_IRWXO)


def connect(settings: Settings, clock: Clock = wall_clock) -> Parts:
    """The parts for one process; the data folder has been prepared."""
    return Parts(
        SQLiteMetadata(
            database(settings.root),
            settings.gc_grace * 1000,
            clock,
            window=settings.undelete_window * 1000,
        ),
        FilesystemBlobStore(settings.root),
        FreeSpace(settings.root, settings.free_space_floor),
        OpenUploads(settings.root, settings.upload_limit),
    )


def attach(settings: Settings, clock: Clock = wall_clock) -> Parts:
    """The parts for a program beside the server; raises OSError if there is no registry here.

    Changes nothing of the folder's form: a server of another release may be running.
    """
    path = database(settings.root)
    if not path.exists():
        problem = "no registry has its data here; --root says where it is"
        raise FileNotFoundError(errno.ENOENT, problem, str(settings.root))
    sqlite.check(path)
    return connect(settings, clock)


def credentials(settings: Settings, report: Callable[[HtpasswdInvalid], None]) -> Credentials:
    """What proves who calls; `report` is told of an htpasswd file that went bad meanwhile.

    Raises HtpasswdInvalid if it is bad already.
    """
    file = HtpasswdFile(settings.htpasswd, report) if settings.htpasswd else None
    passwords = Argon2Passwords(file.bcrypt_cost) if file else Argon2Passwords()
    return Credentials(passwords, JWTTokens(ISSUER), OIDCIdentityTokens(), file)


def notifier(settings: Settings) -> Notifier:
    """What brings messages to their targets; raises ConfigurationError."""
    if settings.smtp_server is None:
        return Notifier(None)
    if not settings.smtp_from:
        raise ConfigurationError("smtp_server needs smtp_from: the address that mail is from")
    if settings.smtp_user and settings.smtp_password_file is None:
        raise ConfigurationError("smtp_user needs smtp_password_file: the file with its password")
    is_here = is_loopback(str(settings.smtp_server))
    if settings.smtp_user and settings.smtp_tls == "none" and not is_here:
        raise ConfigurationError(
            "a password is sent through TLS only: set smtp_tls, or no smtp_user"
        )
    return Notifier(
        mail.Server(
            settings.smtp_server.host,
            settings.smtp_server.port,
            settings.smtp_from,
            settings.smtp_tls,
            settings.smtp_user,
            settings.smtp_password_file,
        )
    )


def is_secured(settings: Settings) -> bool:
    """Whether there is, or was, an account; the data folder has been prepared.

    Until there is one, what `anonymous` says counts: who has made an account does not want that
    others do without.
    """
    if settings.htpasswd is not None:
        return True
    with contextlib.closing(connect(settings).metadata) as metadata:
        return asyncio.run(metadata.read(access.state)).is_secured


def database(root: Path) -> Path:
    return root / "longshore.db"
