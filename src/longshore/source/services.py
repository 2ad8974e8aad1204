"""Services in the project file, in the words that Compose has for them.

Decides how a service is written, and what is told of a mistake. What it means is decided in
`delivery.rollouts.services`; durations have a unit, as in 30s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement, Order, Restart, Service
from longshore.delivery.tags.rules import Part
from longshore.source.health import Duration, HealthPart, Words

MERGED = ("environment", "secrets", "labels")  # an environment adds to these
_SIZES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def _checked(parse: Callable[[str], object]) -> AfterValidator:
    def check(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(check)


def _size(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    number, unit = given[:-1], given[-1:].lower()
    if unit in _SIZES and number.isdecimal():
        return int(number) * _SIZES[unit]
    if given.isdecimal():
        return int(given)
    raise ValueError("write a size in bytes, or with k, m or g behind it, such as 512m")


Size = Annotated[int, BeforeValidator(_size)]
PortText = Annotated[str, _checked(Port.parse)]
VolumeText = Annotated[str, _checked(Volume.parse)]


class NetworkPart(Part):
    """A place in a network of the host."""

    aliases: tuple[str, ...] = ()
    """Names that the service has there."""

    ipv4_address: str = ""
    """An address of its own there."""

    ipv6_address: str = ""
    """The same, of IPv6."""

    mac_address: str = ""
    """A hardware address of its own there."""


def _networks(given: Any) -> Any:
    """A list of names is short for networks without more to say."""
    if not isinstance(given, list):
        return given
    return {name: {} for name in given if isinstance(name, str)}


class ServicePart(Part):
    """A service: one container, whichever image is due."""

    image: str = ""
    """Its image in the registry, without a tag; the project's own, if it is left out."""

    container: str = ""
    """Name of the container; the service's own, if it is left out."""

    entrypoint: Words | None = None
    """What is started, in place of the image's."""

    command: Words | None = None
    """What it is given, in place of the image's."""

    user: str = ""
    """Who it runs as."""

    working_dir: str = ""
    """Where it starts."""

    hostname: str = ""
    """What it takes its host to be called."""

    init: bool = False
    """Whether a small init is the first process."""

    environment: dict[str, str] = Field(default_factory=dict)
    """Variables."""

    secrets: dict[str, str] = Field(default_factory=dict)
    """Variables whose values the host has, each with the name that the host knows it by."""

    labels: dict[str, str] = Field(default_factory=dict)
    """Labels of the container."""

    ports: tuple[PortText, ...] = ()
    """Published ports, such as 8080:80."""

    volumes: tuple[VolumeText, ...] = ()
    """Data, such as data:/var/lib/data."""

    networks: Annotated[dict[str, NetworkPart], BeforeValidator(_networks)] = Field(
        default_factory=dict
    )
    """Networks of the host, by name; a list will do where there is no more to say."""

    network_mode: str = ""
    """`host`, `none`, or `service:NAME`."""

    extra_hosts: tuple[str, ...] = ()
    """Names that it knows, as name:address."""

    dns: tuple[str, ...] = ()
    """Name servers."""

    health: HealthPart = HealthPart()
    """What a new container has to show."""

    order: Order = "auto"
    """Whether the new container is started beside the old one, or in its place."""

    stop_signal: str = ""
    """What ends it."""

    stop_grace: Duration | None = None
    """How long it may take to end."""

    drain: Duration = 0.0
    """How long the old one runs on when a new one has taken its place."""

    restart: Restart | None = None
    """When the host starts it again."""

    one_shot: bool = False
    """Whether it ends by itself, as a migration does."""

    depends_on: tuple[str, ...] = ()
    """Services that come before it."""

    keep: int = 5
    """How many releases can be gone back to."""

    memory: Size = 0
    """The most memory that it may have."""

    cpus: float = 0.0
    """The most processors that it may use."""

    shm_size: Size = 0
    """Size of its shared memory."""

    pids: int = 0
    """The most processes that it may have."""

    read_only: bool = False
    """Whether it may not write to its own files."""

    privileged: bool = False
    """Whether it may do everything to its host."""

    cap_add: tuple[str, ...] = ()
    """Capabilities that it has besides."""

    cap_drop: tuple[str, ...] = ()
    """Capabilities that it has not."""

    devices: tuple[str, ...] = ()
    """Devices of the host, as host:container."""

    security_opt: tuple[str, ...] = ()
    """Options of the host's security modules."""

    sysctls: dict[str, str] = Field(default_factory=dict)
    """Settings of the kernel for it."""

    group_add: tuple[str, ...] = ()
    """Groups that it is in, besides."""

    def over(self, base: ServicePart) -> ServicePart:
        """This one, where it says anything, over another."""
        mine, theirs = (
            {name: getattr(one, name) for name in one.model_fields_set} for one in (self, base)
        )
        added = {
            name: {**theirs.get(name, {}), **mine.get(name, {})}
            for name in MERGED
            if name in mine or name in theirs
        }
        return ServicePart.model_construct(
            _fields_set={*mine, *theirs}, **{**theirs, **mine, **added}
        )

    def to_service(self, name: str, image: str) -> Service:
        """What it means under this name; raises ValueError where it does not go together."""
        same = {
            key: getattr(self, key)
            for key in ServicePart.model_fields
            if key in Service.__dataclass_fields__ and key not in _MADE
        }
        return Service(
            name=name,
            image=image,
            has_init=self.init,
            ports=tuple(map(Port.parse, self.ports)),
            volumes=tuple(map(Volume.parse, self.volumes)),
            networks=tuple(Network(each, **dict(one)) for each, one in self.networks.items()),
            health=self.health.to_health(),
            is_one_shot=self.one_shot,
            confinement=self._confinement(),
            **same,
        )

    def _confinement(self) -> Confinement:
        same = {
            key: getattr(self, key)
            for key in ServicePart.model_fields
            if key in Confinement.__dataclass_fields__
        }
        return Confinement(is_read_only=self.read_only, is_privileged=self.privileged, **same)

    @model_validator(mode="after")
    def _makes_sense(self) -> ServicePart:
        self.to_service("service", "image")
        return self


_MADE = {"image", "ports", "volumes", "networks", "health"}
