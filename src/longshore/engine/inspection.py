"""What Docker Engine says of a container, read for the rules.

Decides which volumes are anonymous, which only `Mounts` shows, and what makes a container again
from what it was (Engine API, `GET /containers/{id}/json`). What the engine made up by itself is
left out: it would be made up twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from longshore.delivery.rollouts.planning import Container
from longshore.engine import creation
from longshore.engine.creation import Body

Inspected = Mapping[str, Any]

SHARED = "container:"

_NAMESPACES = ("NetworkMode", "IpcMode", "PidMode")

_NAMELESS = re.compile("[0-9a-f]{64}")
_SHORT = 12  # so many digits of an id are a name in networks, and the usual hostname
BUILT_IN = {"default", "bridge", "host", "none"}
_OF_USERS = ("IPAMConfig", "DriverOpts", "Links")


def name_of(container: Inspected) -> str:
    return str(container["Name"]).removeprefix("/")


def labels_of(container: Inspected) -> dict[str, str]:
    return dict(container["Config"].get("Labels") or {})


def restart_of(container: Inspected) -> str:
    return str((container["HostConfig"].get("RestartPolicy") or {}).get("Name") or "no")


def networks_of(container: Inspected) -> dict[str, Any]:
    """Its place in each network, by name."""
    return dict(container["NetworkSettings"].get("Networks") or {})


def shares_with(container: Inspected) -> str:
    """The id of the container whose network it is in; empty if it has its own."""
    mode = str(container["HostConfig"]["NetworkMode"])
    return mode.removeprefix(SHARED) if mode.startswith(SHARED) else ""


def namespaces_of(container: Inspected) -> set[str]:
    """Ids of the containers whose network, processes or shared memory it is in."""
    modes = (str(container["HostConfig"].get(key) or "") for key in _NAMESPACES)
    return {mode.removeprefix(SHARED) for mode in modes if mode.startswith(SHARED)}


def anonymous_volumes(container: Inspected) -> dict[str, str]:
    """Volumes whose names nobody gave, by place, also those that were carried over."""
    return {
        mount["Destination"]: mount["Name"]
        for mount in container.get("Mounts") or ()
        if mount["Type"] == "volume" and _NAMELESS.fullmatch(mount["Name"])
    }


def described(container: Inspected) -> Container:
    """What the rules have to know of it."""
    labels, state = labels_of(container), container["State"]
    return Container(
        container["Id"],
        name_of(container),
        labels.get(creation.RELEASE, ""),
        labels.get(creation.FINGERPRINT, ""),
        labels.get(creation.IMAGE, container["Config"]["Image"]),
        bool(state["Running"]),
        int(state["ExitCode"]),
        restart_of(container),
        tuple(sorted(anonymous_volumes(container))),
        frozenset(networks_of(container)),
        shares_with(container),
        container["Created"],
        json.dumps(container),
    )


def again(container: Inspected, moved: Mapping[str, str]) -> tuple[Body, dict[str, Body]]:
    """The body that makes it again, and its place in each network.

    `moved` has the ids of containers that others have taken the place of.
    """
    config, host = dict(container["Config"]), dict(container["HostConfig"])
    mode = host["NetworkMode"]
    host |= {key: _moved(str(host.get(key) or ""), moved) for key in _NAMESPACES}
    host["VolumesFrom"] = [_moved(each, moved) for each in host.get("VolumesFrom") or ()]
    if config.get("Hostname") == container["Id"][:_SHORT] or mode.startswith((SHARED, "host")):
        config.pop("Hostname", None)
    if mode.startswith(SHARED):
        config.pop("ExposedPorts", None)  # the image's, which the engine refuses from others
    if "@" not in config["Image"]:
        config["Image"] = container["Image"]  # its tag may be another image's by now
    host["Mounts"] = [*(host.get("Mounts") or ()), *_carried(container)]
    host["Links"] = [_link(link) for link in host.get("Links") or ()]
    places = {
        name: place(endpoint, container)
        for name, endpoint in networks_of(container).items()
        if name not in BUILT_IN
    }
    first = {name: place for name, place in places.items() if name == mode}
    body = {**config, "HostConfig": host, "NetworkingConfig": {"EndpointsConfig": first}}
    return body, places


def _moved(text: str, moved: Mapping[str, str]) -> str:
    for gone, there in moved.items():
        text = text.replace(gone, there)
    return text


def _carried(container: Inspected) -> list[Body]:
    listed = {mount.get("Target") for mount in container["HostConfig"].get("Mounts") or ()}
    return [
        {"Type": "volume", "Source": name, "Target": place}
        for place, name in anonymous_volumes(container).items()
        if place not in listed
    ]


def _link(link: str) -> str:
    """`/other:/this/alias` as `other:alias`."""
    other, _, alias = link.partition(":")
    return f"{other.removeprefix('/')}:{alias.rpartition('/')[2]}"


def place(endpoint: Mapping[str, Any], container: Inspected) -> Body:
    """What somebody said of its place in a network, as it is said again."""
    own = container["Config"].get("MacAddress")
    said = {key: endpoint[key] for key in _OF_USERS if endpoint.get(key)}
    aliases = [
        alias for alias in endpoint.get("Aliases") or () if alias != container["Id"][:_SHORT]
    ]
    if aliases:
        said["Aliases"] = aliases
    if own and own == endpoint.get("MacAddress"):
        said["MacAddress"] = own
    return said
