"""Containers of an engine: found, made, started, stopped, renamed, removed.

Decides what an answer of the engine means for a rollout: what it refuses is a fault of the release,
what does not answer is not, and a conflict is looked at again: whoever was killed may have asked
for something that the engine still does. Nothing is decided of which container is to do what.
Volumes are never removed, and a container stops by its own signal and within its own grace.
"""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import docker
from docker.errors import APIError, DockerException, NotFound

from longshore.delivery.rollouts.execution import StepFailed, Unavailable
from longshore.engine.inspection import Inspected, name_of, namespaces_of, restart_of

STOP_GRACE = 10  # seconds; the engine's own where neither container nor image says otherwise
LOG_LINES = 100
COMPOSE = "com.docker.compose."  # how its labels begin
LOG_LIMIT = 16 * 1024  # characters
BUSY = 5.0  # seconds for the engine to end what somebody asked who is gone
PAUSE = 0.1  # seconds between two looks whether it has


class Conflict(StepFailed):
    """The engine is at something else with the container, or another one has the name."""


@contextlib.contextmanager
def answers() -> Iterator[None]:
    """What the engine refuses meanwhile is a StepFailed, and its silence is Unavailable."""
    try:
        yield
    except APIError as problem:
        kind = Conflict if problem.status_code == HTTPStatus.CONFLICT else StepFailed
        raise kind(f"Docker Engine: {problem.explanation or problem}") from None
    except (DockerException, OSError) as problem:
        raise Unavailable(f"Docker Engine does not answer: {problem}") from None


def settled(act: Callable[[], None]) -> None:
    """Do it; where that comes to a conflict again and again for a while, then raises Conflict."""
    deadline = time.monotonic() + BUSY
    while True:
        try:
            return act()
        except Conflict:
            if time.monotonic() >= deadline:
                raise
        time.sleep(PAUSE)


class Containers:
    """The containers of one engine, by id or by their whole name."""

    def __init__(self, client: docker.APIClient) -> None:
        self._client = client

    def find(self, which: str) -> Inspected | None:
        """All that the engine says of it; None if it is not there."""
        with answers():
            try:
                found: Inspected = self._client.inspect_container(which)
            except NotFound:
                return None
        # The engine takes the first digits of an id for a name, too.
        return found if which in {found["Id"], name_of(found)} else None

    def get(self, which: str) -> Inspected:
        """Raises StepFailed if it is not there."""
        found = self.find(which)
        if found is None:
            raise StepFailed(f"the container {which} is gone")
        return found

    def labelled(self, label: str, value: str) -> Inspected | None:
        """The one that has this label, running or not."""
        found = self.all_labelled(label, value)
        return found[0] if found else None

    def all_labelled(self, label: str, value: str) -> list[Inspected]:
        return self._listed({"label": [f"{label}={value}"]})

    def of_project(self, project: str, service: str) -> list[Inspected]:
        """Those that Compose made for a service of a project, but for what `run` made there."""
        labels = {"project": project, "service": service, "oneoff": "False"}
        return self._listed({"label": [f"{COMPOSE}{key}={each}" for key, each in labels.items()]})

    def named(self, beginning: str) -> list[Inspected]:
        """Those whose names begin like this, running or not."""
        return self._listed({"name": [f"^/{re.escape(beginning)}"]})

    def sharing(self, which: str) -> list[Inspected]:
        """Those in the network, or among the processes, of the container of that id, running or
        not."""
        return [each for each in self._listed({}) if which in namespaces_of(each)]

    def of_image(self, image: str) -> list[str]:
        """Ids of those that were made from an image."""
        with answers():
            found = self._client.containers(all=True, filters={"ancestor": image})
        return [each["Id"] for each in found]

    def create(self, config: Mapping[str, Any], name: str) -> str:
        """Its id."""
        with answers():
            made = self._client.create_container_from_config(dict(config), name)  # type: ignore[no-untyped-call]
        return str(made["Id"])

    def connect(self, which: str, network: str, place: Mapping[str, Any]) -> None:
        """Let it join a network; `place` is as the engine's API has it (EndpointSettings)."""
        addresses = place.get("IPAMConfig") or {}
        with answers():
            self._client.connect_container_to_network(
                which,
                network,
                ipv4_address=addresses.get("IPv4Address"),
                ipv6_address=addresses.get("IPv6Address"),
                aliases=place.get("Aliases"),
                links=[tuple(link.split(":")) for link in place.get("Links") or ()],
                driver_opt=place.get("DriverOpts"),
                mac_address=place.get("MacAddress"),
            )

    def disconnect(self, which: str, network: str) -> None:
        with answers():
            self._client.disconnect_container_from_network(which, network, force=True)

    def start(self, which: str) -> None:
        """One that runs already is left alone."""
        with answers():
            self._client.start(which)

    def stop(self, container: Inspected) -> None:
        """Returns when it has ended, and is gone where the engine removes it then.

        One that has ended already is left alone, and one that is gone by now is no matter.
        """
        grace = container["Config"].get("StopTimeout")
        with answers(), contextlib.suppress(NotFound):
            if container["State"].get("Paused"):
                self._client.unpause(container["Id"])
            self._client.stop(
                container["Id"], timeout=STOP_GRACE if grace is None else math.ceil(grace)
            )
            if container["HostConfig"]["AutoRemove"]:
                self._client.wait(container["Id"], condition="removed")

    def rename(self, container: Inspected, name: str) -> None:
        """Nothing is done where it is called so."""
        if name_of(container) != name:
            with answers():
                self._client.rename(container["Id"], name)

    def set_restart(self, container: Inspected, policy: str) -> None:
        """Nothing is done where it has it, nor where the engine removes it when it ends."""
        if restart_of(container) != policy and not container["HostConfig"]["AutoRemove"]:
            with answers():
                self._client.update_container(container["Id"], restart_policy={"Name": policy})  # type: ignore[arg-type]

    def remove(self, which: str) -> None:
        with answers(), contextlib.suppress(NotFound):
            self._client.remove_container(which, v=False, force=True)

    def logs(self, which: str) -> str:
        """The last that it wrote; empty where the engine does not keep it."""
        try:
            written = self._client.logs(which, tail=LOG_LINES, timestamps=False)
        except (APIError, DockerException, OSError):
            return ""
        return bytes(written).decode(errors="replace")[-LOG_LIMIT:]

    def _listed(self, filters: Mapping[str, list[str]]) -> list[Inspected]:
        with answers():
            found = self._client.containers(all=True, filters=dict(filters))
        inspected = (self.find(each["Id"]) for each in found)
        return [each for each in inspected if each is not None]
