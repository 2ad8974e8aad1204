"""What Docker Engine is told to make a container of a release (Engine API 1.41 and later).

Decides how each field of a service is spelled there, and pure values come out: a body for
`POST /containers/create`, and an endpoint for each network. Only the first network goes into the
body, for engines before API 1.44 take one; the others are joined before the start.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from longshore.delivery.rollouts.health import Check
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement, Service

CONTAINER, SERVICE = "longshore.container", "longshore.service"
RELEASE, FINGERPRINT = "longshore.release", "longshore.fingerprint"
IMAGE, ROLLOUT = "longshore.image", "longshore.rollout"
RESTORED, FOLLOWS = "longshore.restored", "longshore.follows"

_NANOSECONDS = 1_000_000_000

Body = dict[str, Any]


def body(
    release: Release, environment: Mapping[str, str], carried: Mapping[str, str], shared: str
) -> Body:
    """The body that makes its container.

    `environment` has the secrets in it; `carried` are volumes, by the place where the container
    before had them; `shared` is the id of the container whose network it is in, or empty.
    """
    service = release.service
    said: Body = {
        "Image": release.image,
        "Entrypoint": _list(service.entrypoint),
        "Cmd": _list(service.command),
        "User": service.user,
        "WorkingDir": service.working_dir,
        "Hostname": service.hostname,
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Labels": {**service.labels, **labels(release)},
        "ExposedPorts": {f"{port.port}/{port.protocol}": {} for port in service.ports},
        "Healthcheck": _check(service.health.check),
        "StopSignal": service.stop_signal,
        "StopTimeout": None if service.stop_grace is None else math.ceil(service.stop_grace),
    }
    for network in service.networks[:1]:
        said["MacAddress"] = network.mac_address  # engines before API 1.44 read it here alone
    return {key: value for key, value in said.items() if value not in (None, "", [], {})} | {
        "HostConfig": _host(service, carried, shared)
    }


def labels(release: Release) -> dict[str, str]:
    """By which the container is known again."""
    return {
        CONTAINER: release.service.container_name,
        SERVICE: release.service.name,
        RELEASE: str(release.number),
        FINGERPRINT: release.fingerprint,
        IMAGE: release.image,
    }


def endpoint(network: Network, *, has_aliases: bool) -> Body:
    """The container's place in a network."""
    addresses = {"IPv4Address": network.ipv4_address, "IPv6Address": network.ipv6_address}
    given = {key: value for key, value in addresses.items() if value}
    said: Body = {"Aliases": list(network.aliases)} if has_aliases and network.aliases else {}
    if given:
        said["IPAMConfig"] = given
    if network.mac_address:
        said["MacAddress"] = network.mac_address
    return said


def _host(service: Service, carried: Mapping[str, str], shared: str) -> Body:
    declared = {volume.target for volume in service.volumes}
    said: Body = {
        "Mounts": [
            *(_mount(volume, carried) for volume in service.volumes if volume.kind != "tmpfs"),
            *(_volume(name, at) for at, name in carried.items() if at not in declared),
        ],
        "Tmpfs": {volume.target: "" for volume in service.volumes if volume.kind == "tmpfs"},
        "PortBindings": _bindings(service.ports),
        "NetworkMode": f"container:{shared}" if shared else _network_mode(service),
        "ExtraHosts": list(service.extra_hosts),
        "Dns": list(service.dns),
        "Init": service.has_init or None,
        **_confined(service.confinement),
    }
    set_ = {key: value for key, value in said.items() if value not in (None, "", [], {}, 0, False)}
    # It starts by itself again once it is proven.
    return {**set_, "RestartPolicy": {"Name": "no"}}


def _network_mode(service: Service) -> str:
    return service.networks[0].name if service.networks else service.network_mode


def _mount(volume: Volume, carried: Mapping[str, str]) -> Body:
    source = volume.source or carried.get(volume.target, "")
    if volume.kind == "bind":
        return {
            "Type": "bind",
            "Source": source,
            "Target": volume.target,
            "ReadOnly": volume.is_read_only,
        }
    return {**_volume(source, volume.target), "ReadOnly": volume.is_read_only}


def _volume(name: str, target: str) -> Body:
    return {"Type": "volume", "Target": target} | ({"Source": name} if name else {})


def _bindings(ports: tuple[Port, ...]) -> Body:
    bound: dict[str, list[Body]] = {}
    for port in ports:
        host = {"HostIp": port.address, "HostPort": str(port.published or "")}
        bound.setdefault(f"{port.port}/{port.protocol}", []).append(host)
    return bound


def _check(check: Check | None) -> Body | None:
    if check is None:
        return None
    if check.is_disabled:
        return {"Test": ["NONE"]}
    times = {
        "Interval": check.interval,
        "Timeout": check.timeout,
        "StartPeriod": check.start_period,
    }
    said: Body = {key: int(value * _NANOSECONDS) for key, value in times.items() if value}
    if check.retries:
        said["Retries"] = check.retries
    if check.command:
        said["Test"] = ["CMD", *check.command]
    return said


def _confined(given: Confinement) -> Body:
    return {
        "Memory": given.memory,
        "NanoCpus": int(given.cpus * _NANOSECONDS),
        "ShmSize": given.shm_size,
        "PidsLimit": given.pids,
        "ReadonlyRootfs": given.is_read_only,
        "Privileged": given.is_privileged,
        "CapAdd": list(given.cap_add),
        "CapDrop": list(given.cap_drop),
        "Devices": [_device(device) for device in given.devices],
        "SecurityOpt": list(given.security_opt),
        "Sysctls": dict(given.sysctls),
        "GroupAdd": list(given.group_add),
    }


def _device(text: str) -> Body:
    host, _, rest = text.partition(":")
    inside, _, permissions = rest.partition(":")
    return {
        "PathOnHost": host,
        "PathInContainer": inside or host,
        "CgroupPermissions": permissions or "rwm",
    }


def _list(words: tuple[str, ...] | None) -> list[str] | None:
    return None if words is None else list(words)
