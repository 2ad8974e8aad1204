"""A container, and the image that it was made of, as Docker Engine describes them."""

from typing import Any

ID, NAMELESS, OTHERS = "1" * 64, "a" * 64, "b" * 64
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

IMAGE: dict[str, Any] = {
    "Env": ["MODE=image", "LANG=C"],
    "Entrypoint": ["/entry"],
    "Cmd": ["serve"],
    "WorkingDir": "/srv",
    "User": "app",
    "Labels": {"team": "acme"},
    "ExposedPorts": {"80/tcp": {}},
    "Volumes": {"/cache": {}},
    "StopSignal": "SIGQUIT",
    "Healthcheck": {"Test": ["CMD", "ask"], "Interval": 5 * 10**9},
}
CONFIG = {**IMAGE, "Image": "registry.example.com/team/web:1.0", "Hostname": ID[:12]}
# As Docker Engine 20.10 says of `docker run IMAGE`.
HOST: dict[str, Any] = {
    "Binds": None,
    "ContainerIDFile": "",
    "LogConfig": {"Type": "json-file", "Config": {}},
    "NetworkMode": "default",
    "PortBindings": {},
    "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    "AutoRemove": False,
    "CgroupnsMode": "private",
    "Dns": [],
    "IpcMode": "private",
    "ShmSize": 64 << 20,
    "Runtime": "runc",
    "ConsoleSize": [0, 0],
    "BlkioWeightDevice": [],
    "MemorySwappiness": None,
    "OomKillDisable": False,
    "MaskedPaths": ["/proc/asound"],
    "ReadonlyPaths": ["/proc/bus"],
}
BRIDGE = {"bridge": {"Aliases": None, "IPAMConfig": None, "MacAddress": "02:42:0a:01:00:09"}}


def container(**fields: Any) -> dict[str, Any]:
    """A container of that image; fields are added to its parts."""
    found: dict[str, Any] = {
        "Id": ID,
        "Name": "/web",
        "Image": f"sha256:{'c' * 64}",
        "Config": CONFIG,
        "HostConfig": HOST,
        "Mounts": [],
        "NetworkSettings": {"Networks": BRIDGE},
    }
    return found | {
        part: {**found[part], **changed} if isinstance(changed, dict) else changed
        for part, changed in fields.items()
    }
