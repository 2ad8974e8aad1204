"""Where Docker Engine is, and the connection to it.

Decides the order, which is docker's own: DOCKER_HOST, the context that DOCKER_CONTEXT or docker's
config.json names, then the usual sockets, those of rootless engines and of podman as well. The
version of the API is the engine's.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import docker
from docker.errors import APIError, DockerException
from docker.tls import TLSConfig

import longshore
from longshore.engine.errors import EngineError, NoEngine

GREETING = 10  # seconds in which an engine says which API it has
PATIENCE = 600  # seconds without a byte: an old engine packs a whole image before the first comes

_DEFAULT = "default"  # the context that is none: the host of the environment, or the usual socket
_SOCKET = "unix://"


class Endpoint(NamedTuple):
    """An address, who names it, and a folder of certificates where it speaks TLS."""

    host: str
    origin: str
    certificates: Path | None = None
    is_verified: bool = True


def connect(environ: Mapping[str, str]) -> docker.APIClient:
    """A client that has spoken to the engine; close it at the end. Raises NoEngine."""
    found = find(environ, usual_sockets(environ))
    try:
        _try(found)
        client = docker.APIClient(
            found.host,
            version="auto",
            timeout=GREETING,
            tls=_tls(found) or False,
            user_agent=f"longshore/{longshore.__version__}",
        )
    except PermissionError:
        raise NoEngine(
            f"{found.host} ({found.origin}) is not open to this user: join the group of the socket"
            " (`sudo usermod -aG docker $USER`, then log in again), or let DOCKER_HOST name an"
            " engine of your own"
        ) from None
    except (DockerException, OSError) as problem:
        raise NoEngine(
            f"no Docker Engine answers at {found.host} ({found.origin}): start it, or let"
            f" DOCKER_HOST say where it is ({problem})"
        ) from None
    client.timeout = PATIENCE
    return client


def find(environ: Mapping[str, str], sockets: Iterable[Path]) -> Endpoint:
    """Where to connect to; raises NoEngine where nothing says so and none of the sockets is."""
    if host := environ.get("DOCKER_HOST"):
        has_tls = environ.get("DOCKER_TLS_VERIFY") or environ.get("DOCKER_TLS")
        folder = Path(environ.get("DOCKER_CERT_PATH") or _folder(environ)) if has_tls else None
        return _checked(
            Endpoint(host, "DOCKER_HOST", folder, bool(environ.get("DOCKER_TLS_VERIFY")))
        )
    context = environ.get("DOCKER_CONTEXT") or _current_context(environ)
    if context not in {"", _DEFAULT}:
        return _checked(_of_context(context, _folder(environ)))
    for path in sockets:
        if path.exists():
            return Endpoint(f"{_SOCKET}{path}", "its usual place")
    raise NoEngine(
        "there is no Docker Engine on this machine: start it (`systemctl start docker`), or let"
        " DOCKER_HOST say where it is"
    )


def usual_sockets(environ: Mapping[str, str]) -> list[Path]:
    """Where engines listen unless told otherwise, the system's own first."""
    home = Path(environ.get("HOME") or Path.home())
    runtime = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    return [
        Path("/var/run/docker.sock"),
        runtime / "docker.sock",
        home / ".docker/run/docker.sock",
        home / ".docker/desktop/docker.sock",
        runtime / "podman/podman.sock",
        Path("/run/podman/podman.sock"),
    ]


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """What the engine refuses while this is open becomes EngineError, and so does its silence."""
    try:
        yield
    except APIError as problem:
        raise EngineError(f"Docker Engine: {problem.explanation or problem}") from None
    except (DockerException, OSError) as problem:
        raise EngineError(f"Docker Engine does not answer any more: {problem}") from None


def _checked(endpoint: Endpoint) -> Endpoint:
    if endpoint.host.startswith("ssh://"):
        raise NoEngine(
            f"{endpoint.host} ({endpoint.origin}): engines are not spoken to over ssh; forward the"
            " socket (`ssh -N -L /tmp/docker.sock:/var/run/docker.sock HOST`), and let DOCKER_HOST"
            " be unix:///tmp/docker.sock"
        )
    return endpoint


def _folder(environ: Mapping[str, str]) -> Path:
    """Where docker keeps its settings."""
    return Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or Path.home(), ".docker"))


def _current_context(environ: Mapping[str, str]) -> str:
    file = _folder(environ) / "config.json"
    return str(_read(file).get("currentContext") or "") if file.exists() else ""


def _of_context(name: str, folder: Path) -> Endpoint:
    """A context is kept under the hash of its name (docker/cli, "context store")."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    file = folder / "contexts" / "meta" / digest / "meta.json"
    if not file.exists():
        raise NoEngine(f"docker has no context {name}: `docker context ls` lists those it has")
    docker_endpoint = (_read(file).get("Endpoints") or {}).get("docker") or {}
    certificates = folder / "contexts" / "tls" / digest / "docker"
    return Endpoint(
        str(docker_endpoint.get("Host") or ""),
        f"docker's context {name}",
        certificates if certificates.exists() else None,
        not docker_endpoint.get("SkipTLSVerify"),
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8") or "{}")
    except (OSError, ValueError) as problem:
        raise NoEngine(f"{file}: {problem}") from None
    return found if isinstance(found, dict) else {}


def _try(endpoint: Endpoint) -> None:
    """Raises OSError. The client does not say why it cannot connect, and leaves its socket open."""
    if endpoint.host.startswith(_SOCKET):
        with socket.socket(socket.AF_UNIX) as tried:
            tried.connect(endpoint.host.removeprefix(_SOCKET))


def _tls(endpoint: Endpoint) -> TLSConfig | None:
    """Certificates by the names that docker gives them; raises DockerException."""
    folder = endpoint.certificates
    if folder is None:
        return None
    own = (str(folder / "cert.pem"), str(folder / "key.pem"))
    has_own = (folder / "cert.pem").exists()
    authority = folder / "ca.pem"
    return TLSConfig(
        client_cert=own if has_own else None,
        ca_cert=str(authority) if authority.exists() else None,
        verify=endpoint.is_verified,
    )
