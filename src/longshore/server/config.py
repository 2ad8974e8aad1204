"""The settings of the server: one frozen model, and how a user's words become it.

It decides what can be set, what is refused, and which source wins: flags over environment over
file over default. Help, reference page and JSON Schema are made from the model. It must not know
who asks, nor start anything.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from longshore.client.home import SERVER_VARIABLE, TOKEN_VARIABLE
from longshore.server.values import BYTES, COUNT, SECONDS, Address, BaseURL, Networks, Quantity

PREFIX = "LONGSHORE_"
FILE_VARIABLE = f"{PREFIX}CONFIG"
# Variables that are no settings of a server.
COMMAND_LINES = frozenset({FILE_VARIABLE, TOKEN_VARIABLE, SERVER_VARIABLE})
UNSET = "not set"  # how a value that is none is shown

# Kubernetes tells every container where a service named "longshore" is, in variables of its own.
_SERVICE_LINK = re.compile(rf"{PREFIX}(SERVICE|PORT)(_.*)?")


class ConfigurationError(Exception):
    """What a user asked for cannot be; says every reason at once, one on a line."""


class Settings(BaseModel):
    """The settings of `longshore serve`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: Path = Path("data")
    """Folder with everything that is kept: the database and the blobs. Made if it is missing."""

    listen: Annotated[Address, Field(json_schema_extra={"default": "127.0.0.1:5000"})] = (
        Address.parse("127.0.0.1:5000")
    )
    """Host and port to listen on."""

    anonymous: Literal["auto", "open", "closed"] = "auto"
    """What anybody may do as long as there is no account: everything, but on a loopback address
    only (`auto`); everything, on any address (`open`); nothing (`closed`)."""

    external_url: BaseURL | None = None
    """URL by which clients reach the server, such as `https://registry.example.com`; without one
    it is what each request says."""

    trusted_proxies: Annotated[Networks, Field(json_schema_extra={"default": []})] = Networks()
    """Addresses and networks, with commas between them, of proxies in front: what these say of a
    client counts (`X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded`)."""

    htpasswd: Path | None = None
    """File of names and passwords (bcrypt, as `htpasswd -B` writes it) that log in besides the
    accounts of the registry; read again when it changes."""

    token_lifetime: Annotated[int, Field(ge=60, le=3600), SECONDS] = 300
    """Seconds for which a token of a client is good; a transfer that has begun goes on."""

    audit_retention: Annotated[int, Field(ge=86400), SECONDS] = 365 * 86400
    """Seconds for which a line of the audit log is kept."""
    client_cert_header: Annotated[str, Field(pattern=r"^([A-Za-z0-9-]+)?$")] = ""
    """Header in which a trusted proxy writes the subject of the client's certificate that it has
    verified (RFC 4514); its common name is the account. By itself the server can not tell."""

    tls_cert: Path | None = None
    """PEM file with the server's certificate and those between it and its root; with it, the
    server speaks TLS only."""

    tls_key: Path | None = None
    """PEM file with the key of that certificate, without a passphrase."""

    tls_min_version: Annotated[Literal["1.2", "1.3"], BeforeValidator(str)] = "1.2"
    """Oldest version of TLS that is spoken."""

    tls_client_ca: Path | None = None
    """PEM file with the authorities whose certificates clients need to connect at all."""

    smtp_server: Annotated[Address | None, Field(json_schema_extra={"default": None})] = None
    """Host and port of a server that takes mail for notifications, such as `mail.example.com:587`;
    without one, none is sent."""

    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection to it is encrypted: by STARTTLS (port 587), from the start (`tls`, port
    465), or not at all. A password is not sent through one that is not, but on this machine."""

    smtp_from: Annotated[str, Field(pattern=r"^([^\s@<>\"]+@[A-Za-z0-9.-]+)?$")] = ""
    """Address that mail is from, such as `longshore@example.com`."""

    smtp_user: str = ""
    """Name to log in with at the server that takes mail; without one, nobody logs in."""

    smtp_password_file: Path | None = None
    """File with the password to that name; read each time."""

    workers: Annotated[int, Field(ge=0, le=64), COUNT] = 0
    """Number of processes that answer requests; 0 is one for each processor, but at most 4."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is logged."""

    log_format: Literal["auto", "console", "json"] = "auto"
    """Form of the logs; `auto` is `console` on a terminal and `json` elsewhere."""

    header_timeout: Annotated[int, Field(ge=1, le=3600), SECONDS] = 30
    """Seconds in which the headers of a request have to come."""

    body_min_rate: Annotated[int, BYTES] = 1 << 10
    """Bytes a second that have to come of a body on an average over 30 seconds of waiting for it;
    0 is no limit. A body that stops for a minute is given up in any case."""

    connection_limit: Annotated[int, Field(ge=1, le=1_000_000), COUNT] = 1024
    """Most connections at one time; others wait until one ends."""

    waiting_limit: Annotated[int, COUNT] = 768
    """Most requests of agents that wait for news at one time, and never more than three quarters
    of `connection_limit`; others are answered at once, and ask again a little later. As many, up to
    an eighth, listen for who reads logs besides."""

    request_rate: Annotated[int, COUNT] = 0
    """Requests a second that a client (an address) may send to one worker, ten times as many at
    once; more are refused with 429. 0 is no limit."""

    manifest_limit: Annotated[int, Field(ge=4 << 20), BYTES] = 4 << 20
    """Largest manifest that is accepted, in bytes."""

    page_limit: Annotated[int, Field(ge=1, le=10_000), COUNT] = 1000
    """Most entries on one page of tags or of the catalog."""

    upload_limit: Annotated[int, COUNT] = 10_000
    """Most uploads that are open at one time; more are refused with 429. 0 is no limit."""

    upload_expiry: Annotated[int, Field(ge=60), SECONDS] = 7 * 86400
    """Seconds after its last byte at which an unfinished upload is thrown away."""

    gc_interval: Annotated[int, Field(ge=1), SECONDS] = 60
    """Seconds between two rounds of the garbage collector."""

    gc_grace: Annotated[int, SECONDS] = 86400
    """Seconds that content which nothing reaches is kept after it was last pushed or asked for."""

    undelete_window: Annotated[int, SECONDS] = 14 * 86400
    """Seconds for which what a tag named can be restored after the tag has moved, or it was
    deleted; 0 is not at all. Its bytes stay as long."""

    history_retention: Annotated[int, Field(ge=86400), SECONDS] = 2 * 365 * 86400
    """Seconds for which a move of a tag stays in its history."""

    free_space_floor: Annotated[int, BYTES] = 256 << 20
    """Free bytes on the disk of `root` below which pushes are refused; pulls go on."""

    stop_timeout: Annotated[int, Field(ge=1), SECONDS] = 60
    """Seconds that running transfers are given to end when the server is asked to stop."""


class Given(NamedTuple):
    """One setting as a source has it."""

    key: str
    value: object
    origin: str


@dataclass(frozen=True)
class Configuration:
    """Settings, and which source each came from (a missing one is a default)."""

    settings: Settings
    origins: Mapping[str, str]


def load(
    file: Path | None, environ: Mapping[str, str], flags: Mapping[str, str | None]
) -> Configuration:
    """Read all sources; raises ConfigurationError for whatever any of them has wrong."""
    file = file or (Path(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else None)
    given = [*_from_file(file), *_from_environment(environ), *_from_flags(flags)]
    unknown = [_unknown(each) for each in given if each.key not in Settings.model_fields]
    if unknown:
        raise ConfigurationError("\n".join(unknown))
    chosen = {each.key: each for each in given}  # the last one wins
    try:
        settings = Settings.model_validate({each.key: each.value for each in chosen.values()})
    except ValidationError as error:
        raise ConfigurationError("\n".join(_invalid(error, chosen))) from None
    return Configuration(settings, {each.key: each.origin for each in chosen.values()})


def _from_file(file: Path | None) -> Iterator[Given]:
    if file is None:
        return
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(f"{file}: {reason}") from None
    for key, value in content.items():
        yield Given(key, value, f"{key} in {file}")


def _from_environment(environ: Mapping[str, str]) -> Iterator[Given]:
    for name, value in environ.items():
        ours = name.startswith(PREFIX) and name not in COMMAND_LINES
        # An empty variable is how compose files write one that is not set.
        if ours and value and not _SERVICE_LINK.fullmatch(name):
            yield Given(name.removeprefix(PREFIX).lower(), value, name)


def _from_flags(flags: Mapping[str, str | None]) -> Iterator[Given]:
    for key, value in flags.items():
        if value is not None:
            yield Given(key, value, flag(key))


def flag(key: str) -> str:
    """The option of the command line that sets this key."""
    return f"--{key.replace('_', '-')}"


def shown(key: str, value: object) -> str:
    """A value of this setting as a person would write it."""
    kinds = Settings.model_fields[key].metadata
    quantity = next((kind for kind in kinds if isinstance(kind, Quantity)), None)
    if quantity and isinstance(value, int):
        return quantity.render(value)
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return UNSET if value in {None, ""} else str(value)


def _unknown(given: Given) -> str:
    near = difflib.get_close_matches(given.key, Settings.model_fields, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{given.origin}: there is no such setting{hint}"


def _invalid(error: ValidationError, chosen: Mapping[str, Given]) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        given = chosen[str(detail["loc"][0])]
        cause: Any = detail.get("ctx", {}).get("error", detail["msg"])
        yield f"{given.origin}: {cause}, not {given.value!r}"
