"""Credential helpers: programs that keep logins, called as docker calls them.

Decides how one is asked (docker-credential-helpers, "Development"): a verb as its argument, a
server's address or a login on its standard input. Secrets go through pipes only, never through
arguments, the environment or an error's text.
"""

from __future__ import annotations

import subprocess

import msgspec

from longshore.client.errors import CredentialsError

NOT_FOUND = "credentials not found"
PATIENCE = 60.0  # seconds; a helper may ask its user, or a cloud


class Kept(msgspec.Struct, rename="pascal"):
    """What a helper reads and writes."""

    username: str
    secret: str
    server: str = msgspec.field(default="", name="ServerURL")

    def __repr__(self) -> str:
        return f"Kept({self.server!r}, {self.username!r})"


def get(helper: str, server: str) -> Kept | None:
    """What the helper keeps for this address; None if it keeps nothing."""
    done = _call(helper, "get", server.encode())
    if done.returncode:
        said = _said(done)
        if NOT_FOUND in said:
            return None
        raise CredentialsError(f"docker-credential-{helper} has no login for {server}: {said}")
    try:
        return msgspec.json.decode(done.stdout, type=Kept)
    except msgspec.MsgspecError:
        raise CredentialsError(
            f"docker-credential-{helper} answers something else than a login"
        ) from None


def store(helper: str, kept: Kept) -> None:
    _must(helper, "store", msgspec.json.encode(kept))


def erase(helper: str, server: str) -> None:
    _must(helper, "erase", server.encode())


def _must(helper: str, verb: str, given: bytes) -> None:
    done = _call(helper, verb, given)
    if done.returncode and NOT_FOUND not in _said(done):
        raise CredentialsError(f"docker-credential-{helper} {verb}: {_said(done)}")


def _call(helper: str, verb: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    program = f"docker-credential-{helper}"
    try:
        return subprocess.run(
            [program, verb], input=given, capture_output=True, timeout=PATIENCE, check=False
        )
    except FileNotFoundError:
        raise CredentialsError(
            f"{program} is not on the PATH, and docker's config.json says that it keeps the"
            " login: install it, or take it out of credHelpers and credsStore"
        ) from None
    except subprocess.TimeoutExpired:
        raise CredentialsError(f"{program} {verb} takes longer than {PATIENCE:.0f} s") from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    """A helper writes its errors to either stream."""
    return (done.stdout or done.stderr).decode(errors="replace").strip()[:300]
