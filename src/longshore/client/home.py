"""The registry that a team has: where it is if nobody names another, and who is let in there.

Decides what LONGSHORE_SERVER may say: a host, or an address. LONGSHORE_TOKEN is for the registry
that this names, and for no other, not even for one that is merely guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

from longshore.oci.errors import OCIError
from longshore.oci.image import is_host, parse_host

SERVER_VARIABLE = "LONGSHORE_SERVER"
TOKEN_VARIABLE = "LONGSHORE_TOKEN"  # noqa: S105  the secret of a robot is in it
HOME = "localhost:5000"  # where `longshore serve` listens, unless told otherwise

_PORTS = {"http": 80, "https": 443}


def host(environ: Mapping[str, str]) -> str:
    """Its host and port, as names of images begin with it; raises ValueError."""
    scheme, _, place = (environ.get(SERVER_VARIABLE) or HOME).strip().rpartition("://")
    place = place.rstrip("/")
    if not is_host(place):  # one word would be taken for a part of an image's name
        place = f"{place}:{_PORTS.get(scheme, 443)}"
    try:
        return parse_host(place)
    except OCIError:
        raise ValueError(
            f"{SERVER_VARIABLE} is a host or an address, such as registry.example.com or"
            f" http://{HOME}, and not {environ.get(SERVER_VARIABLE)}"
        ) from None


def url(environ: Mapping[str, str]) -> str:
    """The address of its management API: in the clear within this machine; raises ValueError."""
    from longshore.registry.trust import is_secure

    named = environ.get(SERVER_VARIABLE, "").strip()
    if "://" in named:
        return named.rstrip("/")
    clear = f"http://{host(environ)}"
    return clear if is_secure(clear) else f"https://{host(environ)}"


def secret(environ: Mapping[str, str], of: str) -> str:
    """What lets in at that host; empty if nothing does."""
    found = environ.get(TOKEN_VARIABLE, "") if environ.get(SERVER_VARIABLE) else ""
    try:
        return found if found and of == host(environ) else ""
    except ValueError:  # nowhere, then
        return ""
