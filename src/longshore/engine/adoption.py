"""A container that somebody made, read as a service: what was said of it, and not its image.

Decides what a person said and what came from the image: whatever both say alike is the image's,
so that the next image may change it. What a service can not say is told, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import docker
from docker.errors import ImageNotFound, NotFound

from longshore.delivery.rollouts.health import Check, Health
from longshore.delivery.rollouts.services import Service
from longshore.engine import creation, holdings, unsaid
from longshore.engine.connection import refusals
from longshore.engine.errors import EngineError
from longshore.engine.inspection import SHARED, Inspected, labels_of, name_of, restart_of
from longshore.oci.errors import OCIError
from longshore.oci.image import DOCKER_HUB, ImageReference

# Whoever owns a container by one of these makes it again as it says.
OWNERS = {
    "com.docker.compose.project": "belongs to the Compose project {}: run `longshore agent` with"
    " --compose and the project's folder",
    "com.docker.swarm.service.name": "belongs to the Swarm service {}, which makes it again",
    creation.SERVICE: "is what the agent made of the service {}",
}

_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # the engine's own
_SECRET = re.compile("PASSW|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY", re.IGNORECASE)
_ID = re.compile("(?:sha256:)?[0-9a-f]{12,64}")
_SHORT = 12  # so many digits of an id are the usual hostname
_SIGNALS = {"", "SIGTERM", "TERM", "15"}  # what ends it where nobody says otherwise
_NANOSECONDS = 1_000_000_000


class Adopted(NamedTuple):
    """A container as a service."""

    service: Service
    left_out: tuple[str, ...]
    """What it has and a service can not say, in docker's words."""


def look(client: docker.APIClient, which: str) -> Adopted:
    """The container of this name or id; raises EngineError."""
    with refusals():
        try:
            container = client.inspect_container(which)
            image = client.inspect_image(container["Image"])  # type: ignore[no-untyped-call]
        except ImageNotFound:
            raise EngineError(
                f"the image of {which} is gone, which says what of it is its own: pull it again"
            ) from None
        except NotFound:
            raise EngineError(
                f"Docker Engine has no container {which}: `docker ps --all` lists those it has"
            ) from None
    return adopted(container, image)


def adopted(container: Inspected, image: Mapping[str, Any]) -> Adopted:
    """`image` is what the engine says of the image that it was made of; raises EngineError."""
    name = name_of(container)
    for label, words in OWNERS.items():
        if owner := labels_of(container).get(label):
            raise EngineError(f"{name} {words.format(owner)}")
    try:
        service = _service(name, container, image.get("Config") or {})
    except (ValueError, OCIError) as problem:
        raise EngineError(f"{name} can not be a service: {problem}") from None
    return Adopted(service, unsaid.left_out(container, image.get("Config") or {}))


def _service(name: str, container: Inspected, image: Mapping[str, Any]) -> Service:
    config, host = container["Config"], container["HostConfig"]
    short = name.lower()[:40].rstrip("_.-")
    entrypoint, command = _program(config, image)
    variables = _variables(config, image)
    secrets = {each for each in variables if _SECRET.search(each)}
    restart = restart_of(container)
    mode = str(host["NetworkMode"])
    return Service(
        name=short,
        image=_repository(str(config["Image"]), container, short),
        container=name if name != short else "",
        entrypoint=entrypoint,
        command=command,
        user=_own("User", config, image),
        working_dir=_own("WorkingDir", config, image),
        hostname=_hostname(container),
        has_init=bool(host.get("Init")),
        environment={key: each for key, each in variables.items() if key not in secrets},
        secrets={key: _name_of_secret(short, key) for key in variables if key in secrets},
        labels=_labels(config, image),
        ports=holdings.ports(host),
        volumes=holdings.volumes(container, image),
        networks=holdings.networks(container),
        network_mode=mode if mode in {"host", "none"} else "",
        extra_hosts=tuple(host.get("ExtraHosts") or ()),
        dns=tuple(host.get("Dns") or ()),
        health=Health(check=_check(config, image)),
        stop_signal=_signal(config, image),
        stop_grace=config.get("StopTimeout"),
        restart=None if restart == "unless-stopped" else restart,  # type: ignore[arg-type]  # docker has no others
        confinement=holdings.confinement(host),
    )


def _repository(image: str, container: Inspected, name: str) -> str:
    """Where the images of the service are to be in the registry; its name, if nothing says so."""
    is_id = _ID.fullmatch(image) and image.removeprefix("sha256:") in container["Image"]
    if is_id:
        return name
    found = ImageReference.parse(image)
    return found.repository.removeprefix("library/" if found.host == DOCKER_HUB else "")


def _program(
    config: Mapping[str, Any], image: Mapping[str, Any]
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Entry point and command, as far as they are its own."""
    entrypoint, command = tuple(config.get("Entrypoint") or ()), tuple(config.get("Cmd") or ())
    is_images = entrypoint == tuple(image.get("Entrypoint") or ())
    if is_images:
        return None, None if command == tuple(image.get("Cmd") or ()) else command
    if not entrypoint:
        return command, None  # one that was taken away: the command is all that is started
    return entrypoint, command or None


def _variables(config: Mapping[str, Any], image: Mapping[str, Any]) -> dict[str, str]:
    theirs = list(image.get("Env") or ())
    if not any(each.startswith("PATH=") for each in theirs):
        theirs.append(_PATH)
    own = [each for each in config.get("Env") or () if each not in theirs and "=" in each]
    return {name: value for name, _, value in (each.partition("=") for each in own)}


def _labels(config: Mapping[str, Any], image: Mapping[str, Any]) -> dict[str, str]:
    theirs = (image.get("Labels") or {}).items()
    return dict(each for each in (config.get("Labels") or {}).items() if each not in theirs)


def _own(key: str, config: Mapping[str, Any], image: Mapping[str, Any]) -> str:
    said = str(config.get(key) or "")
    return "" if said == str(image.get(key) or "") else said


def _hostname(container: Inspected) -> str:
    said = str(container["Config"].get("Hostname") or "")
    mode = str(container["HostConfig"]["NetworkMode"])
    is_made_up = said == container["Id"][:_SHORT] or mode.startswith((SHARED, "host"))
    return "" if is_made_up else said


def _signal(config: Mapping[str, Any], image: Mapping[str, Any]) -> str:
    said = _own("StopSignal", config, image)
    return "" if said in _SIGNALS and not image.get("StopSignal") else said


def _check(config: Mapping[str, Any], image: Mapping[str, Any]) -> Check | None:
    said, theirs = config.get("Healthcheck") or {}, image.get("Healthcheck") or {}
    if said.get("Test") == ["NONE"]:
        return Check(is_disabled=True)
    test = said.get("Test") or []
    times = {
        key: (said.get(key) or 0) / _NANOSECONDS if said.get(key) != theirs.get(key) else 0
        for key in ("Interval", "Timeout", "StartPeriod")
    }
    found = Check(
        () if test == theirs.get("Test") else _command(test, image),
        times["Interval"],
        times["Timeout"],
        said.get("Retries") or 0 if said.get("Retries") != theirs.get("Retries") else 0,
        times["StartPeriod"],
    )
    return None if found == Check() else found


def _command(test: list[str], image: Mapping[str, Any]) -> tuple[str, ...]:
    kind, *words = test or [""]
    shell = image.get("Shell") or ["/bin/sh", "-c"]
    return (*shell, *words) if kind == "CMD-SHELL" else tuple(words)


def _name_of_secret(service: str, variable: str) -> str:
    return f"{service}-{re.sub('[^a-z0-9_.-]', '-', variable.lower())}"
