"""What a container holds of its host: ports, data, and places in networks.

Decides how each is written in short, as Compose writes it, and which of them only one container
can hold at a time. Whether two containers would share a thing is the services' to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

Protocol = Literal["tcp", "udp", "sctp"]
VolumeKind = Literal["volume", "bind", "tmpfs"]

_PORT = re.compile(
    r"(?:(?:(?P<address>\[[0-9a-fA-F:.]+\]|[0-9.]+):)?(?P<published>[0-9]*):)?"
    r"(?P<port>[0-9]+)(?:/(?P<protocol>tcp|udp|sctp))?"
)
# What Docker Engine takes as a name of a volume or a network.
_NAME = re.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_ALIAS = re.compile(r"[a-zA-Z0-9_](?:[a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9_])?")


@dataclass(frozen=True)
class Port:
    """A port of the container, published on the host; 0 lets the engine choose one."""

    port: int
    published: int = 0
    protocol: Protocol = "tcp"
    address: str = ""
    """The host's address to listen on; empty is every one."""

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535 or not 0 <= self.published <= 65535:
            raise ValueError("a port is a number from 1 to 65535")
        if self.address:
            ip_address(self.address)

    @classmethod
    def parse(cls, text: str) -> Port:
        """Read `8080:80`, `127.0.0.1:8080:80/udp`, or `80`; raises ValueError."""
        matched = _PORT.fullmatch(text)
        if matched is None:
            raise ValueError("a port is written [address:][published:]port[/protocol], as 8080:80")
        address, published, port, protocol = matched.group(
            "address", "published", "port", "protocol"
        )
        return cls(
            int(port),
            int(published or 0),
            "tcp" if protocol is None else protocol,  # type: ignore[arg-type]  # by the pattern
            (address or "").strip("[]"),
        )

    def __str__(self) -> str:
        host = f"[{self.address}]:" if ":" in self.address else f"{self.address}:"
        return f"{host if self.address else ''}{self.published or ''}:{self.port}/{self.protocol}"


@dataclass(frozen=True)
class Volume:
    """Data at a place in the container: a named volume, an anonymous one, or a host's folder."""

    target: str
    source: str = ""
    """Name of the volume, or path on the host; empty is an anonymous volume."""
    kind: VolumeKind = "volume"
    is_read_only: bool = False
    is_shared: bool = False
    """Whether two containers may write to it at a time."""

    def __post_init__(self) -> None:
        if not self.target.startswith("/"):
            raise ValueError(f"{self.target}: the place in the container is an absolute path")
        if self.kind == "bind" and not self.source.startswith("/"):
            raise ValueError(f"{self.source}: a folder of the host is an absolute path")
        if self.kind == "volume" and self.source and not _NAME.fullmatch(self.source):
            raise ValueError(f"{self.source}: no name of a volume")
        if self.kind == "tmpfs" and self.source:
            raise ValueError(f"{self.source}: tmpfs has no source")

    @classmethod
    def parse(cls, text: str) -> Volume:
        """Read `data:/var/lib`, `/srv/conf:/etc/conf:ro`, or `/cache`; raises ValueError."""
        parts = text.split(":")
        is_read_only = len(parts) > 1 and parts[-1] == "ro"
        if len(parts) > 1 and parts[-1] in {"ro", "rw"}:
            parts.pop()
        if len(parts) > 2 or not all(parts):
            raise ValueError("a volume is written [source:]target[:ro], as data:/var/lib/data")
        source = parts[0] if len(parts) == 2 else ""
        kind: VolumeKind = "bind" if source.startswith(("/", ".", "~")) else "volume"
        return cls(parts[-1], source, kind, is_read_only)

    @property
    def is_exclusive(self) -> bool:
        """Whether a second container that writes to it could spoil it."""
        return not (self.is_read_only or self.is_shared or self.kind == "tmpfs")


@dataclass(frozen=True)
class Network:
    """A place in a network that exists on the host."""

    name: str
    aliases: tuple[str, ...] = ()
    ipv4_address: str = ""
    ipv6_address: str = ""
    mac_address: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name in {"host", "none"}:
            raise ValueError(f"{self.name}: no name of a network that containers join")
        for alias in self.aliases:
            if not _ALIAS.fullmatch(alias):
                raise ValueError(f"{alias}: no name in a network")
        for address in filter(None, (self.ipv4_address, self.ipv6_address)):
            ip_address(address)

    @property
    def is_exclusive(self) -> bool:
        """Whether it is a place that only one container can take."""
        return bool(self.ipv4_address or self.ipv6_address or self.mac_address)
