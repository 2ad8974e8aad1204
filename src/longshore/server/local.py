"""The management API on the registry's own machine: beside a running server, or without one.

Decides that whoever may write the files of a registry may do everything to it. It is the same
application that the server answers with, called in this process; a running server sees what was
changed with its next request.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from longshore.api.app import App
from longshore.api.authentication import Authenticator
from longshore.api.context import Context
from longshore.api.messages import Request
from longshore.api.metrics import Metrics
from longshore.api.news import ANSWERED, ASKED, RUNNING
from longshore.api.origin import Origin
from longshore.api.sightings import Sightings
from longshore.api.waiting import Waiting
from longshore.registry.access import LOCAL, Caller
from longshore.server import wiring
from longshore.server.config import Settings
from longshore.server.logs import make_logger

# As long as a token can be good at all: the settings of the server that runs are its own.
LONGEST_TOKEN = 3600  # seconds


class Opened(NamedTuple):
    """`is_new`: there was no registry in the folder, and now there is."""

    app: App
    is_new: bool


class _Owner(Authenticator):
    """Whoever calls is the owner of the files, by the name that the machine has for this user."""

    async def identify(self, request: Request) -> Caller:  # noqa: ARG002  the files tell
        return replace(LOCAL, identity=_user())


@contextlib.contextmanager
def opened(settings: Settings, *, may_make: bool) -> Iterator[Opened]:
    """The application on the data folder.

    Raises OSError if there is no registry, unless it may be made, or if this user may not write.
    """
    path = wiring.database(settings.root)
    is_new = may_make and not path.exists()
    if is_new:
        wiring.prepare(settings)
    parts = wiring.attach(settings)
    if not os.access(path, os.W_OK):
        reason = f"belongs to another user than {_user()}, who may not write it"
        raise PermissionError(errno.EACCES, reason, str(path))
    with contextlib.closing(parts.metadata):
        yield Opened(_application(settings, parts), is_new)


def _application(settings: Settings, parts: wiring.Parts) -> App:
    quiet = settings.model_copy(update={"log_level": "error", "htpasswd": None})
    credentials = wiring.credentials(quiet, lambda _: None)
    context = Context(
        metadata=parts.metadata,
        store=parts.store,
        space=parts.space,
        open_uploads=parts.open_uploads,
        metrics=Metrics(),
        credentials=credentials,
        authenticator=_Owner(parts.metadata, credentials, is_open=False),
        origin=Origin((), settings.external_url or f"http://{settings.listen}"),
        messenger=wiring.notifier(settings),
        manifest_limit=settings.manifest_limit,
        page_limit=settings.page_limit,
        token_lifetime=LONGEST_TOKEN,
        waiting=Waiting(parts.metadata, parts.metadata.changes, RUNNING, limit=0),
        listening=Waiting(parts.metadata, parts.metadata.changes, ASKED, limit=0),
        reading=Waiting(parts.metadata, parts.metadata.changes, ANSWERED, limit=1),
        sightings=Sightings(parts.metadata),
        is_open=False,
    )
    return App(context, make_logger(quiet), contextlib.nullcontext)


def _user() -> str:
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a container may run as a number that has no name
        return str(number)
