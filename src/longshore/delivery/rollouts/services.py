"""A service: one container of an environment, and how its next one takes its place.

Decides what can be said of it, and what does not go together. Which image runs is not said here:
an environment says so, by digest. It knows neither Docker Engine nor a file's format; the words
are those of Compose where Compose has them. Times are in seconds, sizes in bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from longshore.delivery.rollouts.health import Health
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.oci.errors import NameInvalid
from longshore.oci.names import RepositoryName

Order = Literal["auto", "start-first", "stop-first"]
Restart = Literal["no", "always", "on-failure", "unless-stopped"]

OWN_LABELS = "longshore."
OF_SERVICE = "service:"

# With room for what is put behind it: Docker Engine takes any length, DNS takes 63.
NAME = re.compile("[a-z0-9](?:[a-z0-9_.-]{0,38}[a-z0-9])?")
_CONTAINER = re.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}")
_VARIABLE = re.compile("[^=\0]+")
_SECRET = re.compile("[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}")
_SIGNAL = re.compile("(?:SIG)?[A-Z][A-Z0-9+-]*|[1-9][0-9]?")


@dataclass(frozen=True)
class Confinement:
    """What a container may do and use of its host; empty and 0 are the engine's defaults."""

    memory: int = 0
    cpus: float = 0
    shm_size: int = 0
    pids: int = 0
    is_read_only: bool = False
    is_privileged: bool = False
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    """As `host:container[:rwm]`."""
    security_opt: tuple[str, ...] = ()
    sysctls: Mapping[str, str] = field(default_factory=dict)
    group_add: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if min(self.memory, self.cpus, self.shm_size, self.pids) < 0:
            raise ValueError("limits are not negative")


@dataclass(frozen=True)
class Service:
    """What runs in an environment under this name, whichever image is due."""

    name: str
    image: str
    """The repository of the registry that its images come from, without tag and digest."""

    container: str = ""
    """Name of the container; empty is the service's name."""

    entrypoint: tuple[str, ...] | None = None
    """None is the image's, as with the next ones."""
    command: tuple[str, ...] | None = None
    user: str = ""
    working_dir: str = ""
    hostname: str = ""
    has_init: bool = False
    """Whether a small init is the first process, and reaps what others leave."""

    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variables whose values the host has, each with the name that the host knows it by."""
    labels: Mapping[str, str] = field(default_factory=dict)

    ports: tuple[Port, ...] = ()
    volumes: tuple[Volume, ...] = ()
    networks: tuple[Network, ...] = ()
    network_mode: str = ""
    """`host`, `none`, `service:NAME` for the network of another service, or empty."""
    extra_hosts: tuple[str, ...] = ()
    """As `name:address`."""
    dns: tuple[str, ...] = ()

    health: Health = field(default_factory=Health)
    order: Order = "auto"
    """`start-first` proves the new container beside the old one; `stop-first` in its place."""
    stop_signal: str = ""
    """Empty is the image's own, as is a grace of None."""
    stop_grace: float | None = None
    """How long it has to end before it is killed."""
    drain: float = 0
    """How long the old one runs on when a new one that started first has taken its place."""
    restart: Restart | None = None
    """None is `unless-stopped`, and `no` for a one-shot."""
    is_one_shot: bool = False
    """Whether it is to end by itself, as a migration does."""
    depends_on: tuple[str, ...] = ()
    """Services of the environment that are rolled out before this one."""
    keep: int = 5
    """How many releases before the current one can be gone back to without a pull."""
    confinement: Confinement = field(default_factory=Confinement)

    def __post_init__(self) -> None:
        _check_names(self)
        _check_variables(self)
        _check_resources(self)
        _check_ends(self)
        if self.order == "start-first" and self.conflicts:
            raise ValueError(
                f"order start-first is not possible: two containers can not both have "
                f"{self.conflicts[0]}; leave order out, or say stop-first"
            )

    @property
    def container_name(self) -> str:
        return self.container or self.name

    @property
    def restart_policy(self) -> Restart:
        return self.restart or ("no" if self.is_one_shot else "unless-stopped")

    @property
    def is_start_first(self) -> bool:
        """Whether the new container starts while the old one still runs."""
        if self.order == "auto":
            return not (self.conflicts or self.exclusive_data or self.is_one_shot)
        return self.order == "start-first"

    @property
    def conflicts(self) -> tuple[str, ...]:
        """What two containers can not have at one time, in words."""
        ports = [f"port {port.published} of the host" for port in self.ports if port.published]
        places = [
            f"an address of its own in {net.name}" for net in self.networks if net.is_exclusive
        ]
        shared = [f"network_mode {self.network_mode}"] if self._is_in_a_network_of_others else []
        return (*ports, *places, *shared)

    @property
    def exclusive_data(self) -> tuple[str, ...]:
        """Where in the container data lies that is not known to bear two writers."""
        return tuple(volume.target for volume in self.volumes if volume.is_exclusive)

    @property
    def shares_network_of(self) -> str | None:
        """The service whose network this one is in."""
        mode = self.network_mode
        return mode.removeprefix(OF_SERVICE) if mode.startswith(OF_SERVICE) else None

    @property
    def needs(self) -> tuple[str, ...]:
        """Services that have to be there before this one."""
        shared = self.shares_network_of
        if shared is None or shared in self.depends_on:
            return self.depends_on
        return (*self.depends_on, shared)

    @property
    def _is_in_a_network_of_others(self) -> bool:
        return self.network_mode not in {"", "none"}


def in_order(services: Iterable[Service]) -> tuple[Service, ...]:
    """Each after those that it needs, else as given; raises ValueError for what is not there."""
    waiting = list(services)
    names = [service.name for service in waiting]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"two services are called {twice[0]}")
    for service in waiting:
        for needed in service.needs:
            if needed not in names:
                raise ValueError(f"{service.name} needs {needed}, which is no service here")
    ordered: dict[str, Service] = {}
    while waiting:
        ready = [each for each in waiting if all(needed in ordered for needed in each.needs)]
        if not ready:
            circle = ", ".join(service.name for service in waiting)
            raise ValueError(f"these services need each other in a circle: {circle}")
        ordered |= {service.name: service for service in ready}
        waiting = [service for service in waiting if service.name not in ordered]
    return tuple(ordered.values())


def _check_names(service: Service) -> None:
    if not NAME.fullmatch(service.name):
        raise ValueError(
            f"{service.name}: a service is at most 40 lower-case letters, digits, '_', '.' or '-',"
            " and begins and ends with a letter or a digit"
        )
    try:
        RepositoryName.parse(service.image)
    except NameInvalid as error:
        raise ValueError(f"{service.image}: {error}") from None
    if service.container and not _CONTAINER.fullmatch(service.container):
        raise ValueError(f"{service.container}: no name of a container")
    if service.name in service.needs:
        raise ValueError(f"{service.name} can not need itself")


def _check_variables(service: Service) -> None:
    for name in (*service.environment, *service.secrets):
        if not _VARIABLE.fullmatch(name):
            raise ValueError(f"{name!r}: no name of a variable")
    both = sorted(service.environment.keys() & service.secrets.keys())
    if both:
        raise ValueError(f"{both[0]} is among environment and secrets; say it once")
    for secret in service.secrets.values():
        if not _SECRET.fullmatch(secret):
            raise ValueError(f"{secret!r}: a secret's name is letters, digits, '_', '.' or '-'")
    for label in service.labels:
        if label.startswith(OWN_LABELS):
            raise ValueError(f"{label}: labels that begin with {OWN_LABELS} are Longshore's")


def _check_resources(service: Service) -> None:
    mode = service.network_mode
    shares = mode.removeprefix(OF_SERVICE)
    if mode not in {"", "host", "none"} and not (mode != shares and NAME.fullmatch(shares)):
        raise ValueError(f"{mode}: network_mode is host, none, or {OF_SERVICE}NAME")
    if mode and service.networks:
        raise ValueError(f"with network_mode {mode} there are no networks to be in")
    if mode and service.ports:
        raise ValueError(f"with network_mode {mode} no ports are published")
    if service.shares_network_of and service.hostname:
        raise ValueError(f"with network_mode {mode} the hostname is the other service's")
    _check_once("network", [network.name for network in service.networks])
    _check_once("volume at", [volume.target for volume in service.volumes])
    _check_once("port", [str(port) for port in service.ports])


def _check_once(what: str, things: Sequence[str]) -> None:
    if len(set(things)) < len(things):
        twice = next(thing for thing in things if things.count(thing) > 1)
        raise ValueError(f"{what} {twice} is there twice")


def _check_ends(service: Service) -> None:
    if service.stop_signal and not _SIGNAL.fullmatch(service.stop_signal):
        raise ValueError(f"{service.stop_signal}: a signal is written SIGTERM, TERM, or 15")
    if min(service.stop_grace or 0, service.drain) < 0:
        raise ValueError("stop_grace and drain are not negative")
    if service.keep < 1:
        raise ValueError("keep is at least 1: what can be gone back to is kept")
    if service.is_one_shot and service.restart_policy in {"always", "unless-stopped"}:
        raise ValueError("a one-shot that ends is not started again: say restart no or on-failure")
    if service.is_one_shot and service.health.http is not None:
        raise ValueError("a one-shot has run when it ended with 0; it has no http probe")
