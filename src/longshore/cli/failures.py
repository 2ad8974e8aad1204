"""What a user sees of an exception: a sentence and an exit code.

It decides which exceptions are part of the work, and which are bugs: those it does not know. What
the server raises is imported when there is something to tell, not when a command starts.
"""

from typing import NamedTuple

from longshore.client.errors import ClientError, VersionExists
from longshore.delivery.errors import Refused, Undetermined
from longshore.engine.errors import EngineError, PushDenied
from longshore.oci.errors import Denied, OCIError, StorageFull
from longshore.registry.refusals import Refusal
from longshore.source.errors import ProjectError, SourceError

FAILED, WRONGLY_ASKED, FORBIDDEN = 1, 2, 3


class Told(NamedTuple):
    text: str
    code: int


# What a person is told in the error's own words, and with which exit code.
_CODES: tuple[tuple[type[Exception], int], ...] = (
    (VersionExists, FORBIDDEN),
    (ClientError, FAILED),
    (PushDenied, FORBIDDEN),
    (EngineError, FAILED),
    (Refused, FORBIDDEN),
    (Undetermined, FAILED),
    (ProjectError, WRONGLY_ASKED),
    (SourceError, FAILED),
)
_STATUSES = {400: WRONGLY_ASKED, 403: FORBIDDEN}


def told(error: Exception) -> Told | None:
    """What to tell; None for a bug."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return Told(str(error), code)
    match error:
        case OCIError():
            return _refusal(error)
        case Refusal():
            return Told(str(error), _STATUSES.get(error.status, FAILED))
        case OSError():
            parts = filter(None, [error.filename, error.strerror or str(error)])
            return Told(": ".join(parts), FAILED)
    return _of_server(error)


def _of_server(error: Exception) -> Told | None:
    import sqlite3

    from longshore.server.config import ConfigurationError
    from longshore.storage.sql.migrations import OtherSchema

    match error:
        case ConfigurationError():
            return Told(str(error), WRONGLY_ASKED)
        case OtherSchema():
            return Told(str(error), FAILED)
        case sqlite3.Error():
            return Told(f"the database says: {error}", FAILED)
    return None


def _refusal(error: OCIError) -> Told:
    """What a registry says, and to which request."""
    place = "; ".join(getattr(error, "__notes__", ()))
    is_forbidden = isinstance(error, Denied) and not isinstance(error, StorageFull)
    text = f"{error} ({place})" if place else str(error)
    return Told(text, FORBIDDEN if is_forbidden else FAILED)
