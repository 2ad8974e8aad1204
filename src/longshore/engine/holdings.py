"""What a container that somebody made holds of its host, in the words of services.

Decides how ports, data, networks and limits of the engine (Engine API, `GET /containers/{id}/json`)
are said of a service. What comes from the image, or from the engine itself, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement
from longshore.engine.inspection import BUILT_IN, Inspected, anonymous_volumes, networks_of, place

USUAL_SHM = 64 << 20  # bytes
_NANOSECONDS = 1_000_000_000


def ports(host: Mapping[str, Any]) -> tuple[Port, ...]:
    """Those that are published; ranges, of which a port is chosen, are not among them."""
    return tuple(
        Port(number, int(bound["HostPort"] or 0), protocol, bound["HostIp"])  # type: ignore[arg-type]  # docker has no others
        for number, protocol, bound in _bindings(host)
        if not is_range(bound["HostPort"])
    )


def is_range(port: str) -> bool:
    return "-" in port


def _bindings(host: Mapping[str, Any]) -> Iterator[tuple[int, str, Mapping[str, str]]]:
    for text, bindings in (host.get("PortBindings") or {}).items():
        number, _, protocol = text.partition("/")
        for bound in bindings or ():
            yield int(number), protocol or "tcp", bound


def volumes(container: Inspected, image: Mapping[str, Any]) -> tuple[Volume, ...]:
    """Anonymous ones where the image declares none come along because they are said here."""
    anonymous = anonymous_volumes(container)
    said = [_volume(mount, anonymous) for mount in container.get("Mounts") or ()]
    of_image = set(image.get("Volumes") or ()) & anonymous.keys()
    return tuple(each for each in said if each is not None and each.target not in of_image)


def _volume(mount: Mapping[str, Any], anonymous: Mapping[str, str]) -> Volume | None:
    target, kind, is_read_only = mount["Destination"], mount["Type"], not mount["RW"]
    if kind == "volume":
        source = "" if target in anonymous else mount["Name"]
        return Volume(target, source, "volume", is_read_only)
    return Volume(target, mount["Source"], "bind", is_read_only) if kind == "bind" else None


def networks(container: Inspected) -> tuple[Network, ...]:
    """The one that it was made in is first."""
    mode = str(container["HostConfig"]["NetworkMode"])
    places = {
        name: place(endpoint, container)
        for name, endpoint in networks_of(container).items()
        if name not in BUILT_IN
    }
    in_order = sorted(places, key=lambda name: name != mode)
    return tuple(_network(name, places[name]) for name in in_order)


def _network(name: str, said: Mapping[str, Any]) -> Network:
    addresses = said.get("IPAMConfig") or {}
    return Network(
        name,
        tuple(said.get("Aliases") or ()),
        addresses.get("IPv4Address") or "",
        addresses.get("IPv6Address") or "",
        said.get("MacAddress") or "",
    )


def confinement(host: Mapping[str, Any]) -> Confinement:
    is_privileged = bool(host.get("Privileged"))
    shm = int(host.get("ShmSize") or 0)
    return Confinement(
        memory=int(host.get("Memory") or 0),
        cpus=int(host.get("NanoCpus") or 0) / _NANOSECONDS,
        shm_size=0 if shm == USUAL_SHM else shm,
        pids=max(0, int(host.get("PidsLimit") or 0)),
        is_read_only=bool(host.get("ReadonlyRootfs")),
        is_privileged=is_privileged,
        cap_add=tuple(host.get("CapAdd") or ()),
        cap_drop=tuple(host.get("CapDrop") or ()),
        devices=tuple(_device(each) for each in host.get("Devices") or ()),
        security_opt=tuple(
            each
            for each in host.get("SecurityOpt") or ()
            if not (is_privileged and each == "label=disable")  # which the engine adds
        ),
        sysctls=dict(host.get("Sysctls") or {}),
        group_add=tuple(host.get("GroupAdd") or ()),
    )


def _device(said: Mapping[str, str]) -> str:
    parts = (said["PathOnHost"], said["PathInContainer"], said["CgroupPermissions"])
    return ":".join(parts)
