"""What a container has that no service can say: it would be lost, so it is told.

Decides by a table which fields of the engine's answer are said elsewhere and which the engine
fills in by itself; any other that is not empty is told. So a field that a later engine adds is
told as well, and not passed over. An option is named as `docker run` has it, where it has one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from longshore.engine.holdings import is_range
from longshore.engine.inspection import BUILT_IN, SHARED, Inspected, networks_of

# Of `HostConfig`: said of a service, or looked at one by one below.
_SAID = {
    "Binds", "CapAdd", "CapDrop", "Devices", "Dns", "ExtraHosts", "GroupAdd", "Init", "Memory",
    "MemorySwap", "Mounts", "NanoCpus", "NetworkMode", "PidsLimit", "PortBindings", "Privileged",
    "ReadonlyRootfs", "RestartPolicy", "SecurityOpt", "ShmSize", "Sysctls", "MaskedPaths",
}  # fmt: skip
# Of `HostConfig`: what the engine says by itself, or what means nothing to the container.
_FILLED_IN: dict[str, tuple[object, ...]] = {
    "IpcMode": ("private", "shareable"),
    "LogConfig": ({"Type": "json-file", "Config": {}}, {"Type": "local", "Config": {}}),
    "Runtime": ("runc", "io.containerd.runc.v2"),
    "ConsoleSize": ([0, 0],),
    "Isolation": ("default",),
}
_MEANINGLESS = {"ContainerIDFile", "CgroupnsMode", "ReadonlyPaths", "MemorySwappiness", "Cgroup"}
_NOTHING: tuple[object, ...] = (None, "", 0, [], {}, False)
_OPTIONS = {
    "AutoRemove": "--rm",
    "CpuShares": "--cpu-shares",
    "CpusetCpus": "--cpuset-cpus",
    "DeviceRequests": "--gpus",
    "DnsOptions": "--dns-option",
    "DnsSearch": "--dns-search",
    "Domainname": "--domainname",
    "IpcMode": "--ipc",
    "Links": "--link",
    "LogConfig": "--log-driver",
    "MemoryReservation": "--memory-reservation",
    "OpenStdin": "--interactive",
    "PidMode": "--pid",
    "PublishAllPorts": "--publish-all",
    "Runtime": "--runtime",
    "Tmpfs": "--tmpfs",
    "Tty": "--tty",
    "Ulimits": "--ulimit",
    "UTSMode": "--uts",
    "UsernsMode": "--userns",
    "VolumesFrom": "--volumes-from",
}
_OF_CONFIG = ("Domainname", "OpenStdin", "Tty")


def left_out(container: Inspected, image: Mapping[str, Any]) -> tuple[str, ...]:
    """Each in docker's words, with its value."""
    host, config = container["HostConfig"], container["Config"]
    found = {key: config[key] for key in _OF_CONFIG if config.get(key)}
    found |= {key: value for key, value in host.items() if not _is_usual(key, value)}
    named = [f"{_OPTIONS.get(key, key)} {_text(value)}" for key, value in found.items()]
    return (*named, *_of_limits(host), *_of_config(config, image), *_of_places(container))


def _is_usual(key: str, value: object) -> bool:
    return key in _SAID | _MEANINGLESS or value in _NOTHING or value in _FILLED_IN.get(key, ())


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _of_limits(host: Mapping[str, Any]) -> Iterator[str]:
    swap = host.get("MemorySwap") or 0
    if swap not in {0, 2 * (host.get("Memory") or 0)}:
        yield f"--memory-swap {swap}"
    if count := (host.get("RestartPolicy") or {}).get("MaximumRetryCount"):
        yield f"--restart on-failure:{count}, of which the count"
    if "MaskedPaths" in host and not (host["MaskedPaths"] or host.get("Privileged")):
        yield "--security-opt systempaths=unconfined"


def _of_config(config: Mapping[str, Any], image: Mapping[str, Any]) -> Iterator[str]:
    for each in config.get("Env") or ():
        if "=" not in each:
            yield f"--env {each}, which has no value"
    interval = "StartInterval"
    said, theirs = config.get("Healthcheck") or {}, image.get("Healthcheck") or {}
    if said.get(interval) != theirs.get(interval):
        yield f"--health-start-interval {said.get(interval)}"


def _of_places(container: Inspected) -> Iterator[str]:
    """Of its ports, mounts and networks."""
    host = container["HostConfig"]
    for port, bindings in (host.get("PortBindings") or {}).items():
        for bound in bindings or ():
            if is_range(bound["HostPort"]):
                yield f"--publish {bound['HostPort']}:{port}"
    for mount in container.get("Mounts") or ():
        yield from _of_mount(mount)
    mode = str(host["NetworkMode"])
    if mode.startswith(SHARED):
        yield f"--network {mode}: say network_mode: service:NAME of the service that this becomes"
    yield from _of_networks(container)


def _of_mount(mount: Mapping[str, Any]) -> Iterator[str]:
    at, options = mount["Destination"], set(filter(None, str(mount.get("Mode") or "").split(",")))
    if mount["Type"] == "volume":
        return  # which the engine relabels by itself
    if mount["Type"] != "bind":
        yield f"--mount type={mount['Type']},target={at}"
    elif options - {"ro", "rw"}:
        yield f"--volume {at}:{mount['Mode']}"
    elif mount.get("Propagation") not in {None, "", "rprivate"}:
        yield f"--mount target={at},bind-propagation={mount['Propagation']}"


def _of_networks(container: Inspected) -> Iterator[str]:
    joined = networks_of(container)
    for name, endpoint in joined.items():
        if name in BUILT_IN and len(joined) > 1:
            yield f"--network {name}, besides others"
        for key in ("Links", "DriverOpts"):
            if endpoint.get(key):
                yield f"{key} {_text(endpoint[key])} in the network {name}"
    if container["Config"].get("MacAddress") and not set(joined) - BUILT_IN:
        yield f"--mac-address {container['Config']['MacAddress']}"
