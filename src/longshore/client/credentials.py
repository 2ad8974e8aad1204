"""Logins: where users of docker and podman keep them, and which one a repository needs.

Decides the order: LONGSHORE_TOKEN at the registry that it is for, then docker's config.json, then
REGISTRY_AUTH_FILE, then podman's auth.json; in a file credHelpers, then credsStore, then auths. Of
several entries for a host, the one for the longest prefix of the repository's name counts. Files
are only read here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from longshore.client import credential_helpers, home
from longshore.client.credential_helpers import Kept
from longshore.client.errors import CredentialsError
from longshore.oci.image import DOCKER_HUB

# The name under which docker keeps the login of Docker Hub, in files and helpers alike.
HUB_KEY = "https://index.docker.io/v1/"
TOKEN_USER = "<token>"  # the user's name where the secret is an identity token  # noqa: S105


@dataclass(frozen=True)
class Login:
    """A name and a password, or an identity token, which is worth a password at one realm."""

    username: str
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of an Authorization header."""
        return f"Basic {encoded(self.username, self.password)}"


class Entry(msgspec.Struct):
    """What auths says of one registry."""

    auth: str = ""
    username: str = ""
    password: str = ""
    identity_token: str = msgspec.field(default="", name="identitytoken")

    def __repr__(self) -> str:
        return "Entry(…)"


class ConfigFile(msgspec.Struct, rename="camel"):
    """The part of docker's config.json, and of podman's auth.json, that says who logs in."""

    auths: dict[str, Entry] = {}
    cred_helpers: dict[str, str] = {}
    creds_store: str = ""


def find(host: str, repository: str, environ: Mapping[str, str]) -> Login | None:
    """The login for a repository, or None; raises CredentialsError if one can not be read."""
    secret = home.secret(environ, host)
    if secret:
        return Login("", secret)  # a secret says by itself whose it is
    for path in files(environ):
        login = _find(read(path), host, repository)
        if login is not None:
            return login
    return None


def files(environ: Mapping[str, str]) -> Iterator[Path]:
    """Where logins may be, the first first."""
    yield docker_file(environ)
    if named := environ.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime, "containers", "auth.json")


def docker_file(environ: Mapping[str, str]) -> Path:
    folder = environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or Path.home(), ".docker")
    return Path(folder, "config.json")


def read(path: Path) -> ConfigFile:
    """What the file says; nothing if it is not there."""
    try:
        return msgspec.json.decode(path.read_bytes() or b"{}", type=ConfigFile)
    except FileNotFoundError:
        return ConfigFile()
    except (OSError, msgspec.MsgspecError) as problem:
        raise CredentialsError(f"{path}: {problem}") from None


def key_of(host: str) -> str:
    """Under which name docker keeps a host's login."""
    return HUB_KEY if host == DOCKER_HUB else host


def encoded(username: str, password: str) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def _find(config: ConfigFile, host: str, repository: str) -> Login | None:
    keys = [key_of(host), host]
    helper = next(filter(None, map(config.cred_helpers.get, keys)), config.creds_store)
    kept = credential_helpers.get(helper, key_of(host)) if helper else None
    if kept is not None:
        return _of_helper(kept)
    return next(filter(None, map(_of_entry, _entries(config.auths, host, repository))), None)


def _of_helper(kept: Kept) -> Login:
    if kept.username == TOKEN_USER:
        return Login("", identity_token=kept.secret)
    return Login(kept.username, kept.secret)


def _entries(auths: Mapping[str, Entry], host: str, repository: str) -> Iterator[Entry]:
    """Those that fit, the most specific first."""
    parts = [host, *repository.split("/")]
    for length in range(len(parts), 0, -1):
        if (entry := auths.get("/".join(parts[:length]))) is not None:
            yield entry
    for key in (key_of(host), f"https://{host}", f"https://{host}/v1/", f"http://{host}"):
        if (entry := auths.get(key)) is not None:
            yield entry


def _of_entry(entry: Entry) -> Login | None:
    username, password = entry.username, entry.password
    if entry.auth:
        try:
            decoded = base64.b64decode(entry.auth, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise CredentialsError("an auth of docker's config.json is not base64") from None
        username, _, password = decoded.partition(":")
    if entry.identity_token or username:
        return Login(username, password.rstrip("\0"), entry.identity_token)
    return None
