"""Services, written as the project file has them: the other way round from reading.

Decides how each is written in short; what is as it would be anyway is left out. Whatever is
written here is read as the same service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from longshore.delivery import durations
from longshore.delivery.rollouts.health import Check, Health, Probe
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement, Service
from longshore.delivery.tags.rules import Part
from longshore.source import document
from longshore.source.health import HealthCommand, HealthPart, HTTPProbe
from longshore.source.services import NetworkPart, ServicePart

_UNITS = (("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10))
_SIZES = ("memory", "shm_size")
_TIMES = {"stop_grace", "drain", "interval", "timeout", "start_period", "running", "deadline"}
_TIMES |= {"watch"}


def text(*services: Service) -> str:
    """The part `services` of a file."""
    return document.text({"services": {each.name: written(each) for each in services}})


def written(service: Service) -> dict[str, Any]:
    """What a file says below the service's name."""
    said = {key: getattr(service, key) for key in ServicePart.model_fields if hasattr(service, key)}
    said |= {
        "init": service.has_init,
        "one_shot": service.is_one_shot,
        "ports": tuple(_port(each) for each in service.ports),
        "volumes": tuple(_volume(each) for each in service.volumes),
        "networks": _networks(service.networks),
        "health": _health(service.health) or ServicePart().health,
        **_confinement(service.confinement),
    }
    return _said(ServicePart, said)


def _port(port: Port) -> str:
    return str(port).removesuffix("/tcp").removeprefix(":")


def _volume(volume: Volume) -> str:
    parts = [volume.source, volume.target, "ro" if volume.is_read_only else ""]
    return ":".join(filter(None, parts))


def _networks(networks: tuple[Network, ...]) -> object:
    places = {each.name: _said(NetworkPart, vars(each)) for each in networks}
    return places if any(places.values()) or not places else list(places)


def _health(health: Health) -> dict[str, Any]:
    """Empty if nothing is said of it."""
    parts = {"http": _probe(health.http), "check": _check(health.check)}
    return _said(HealthPart, vars(health) | parts)


def _probe(probe: Probe | None) -> dict[str, Any] | None:
    return None if probe is None else _said(HTTPProbe, vars(probe))


def _check(check: Check | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return _said(HealthCommand, vars(check) | {"disabled": check.is_disabled})


def _confinement(given: Confinement) -> dict[str, Any]:
    said = asdict(given)
    sizes = {key: _size(said[key]) for key in _SIZES if said[key]}
    named = {"read_only": given.is_read_only, "privileged": given.is_privileged}
    return {**said, **sizes, **named}


def _size(size: int) -> str:
    unit, of = next(((unit, of) for unit, of in _UNITS if size % of == 0), ("", 1))
    return f"{size // of}{unit}"


def _said(part: type[Part], said: Mapping[str, Any]) -> dict[str, Any]:
    """Of the keys of this part those that are not as they would be anyway."""
    fields = part.model_fields
    return {
        key: _plain(key, said[key])
        for key in fields
        if key in said and said[key] != fields[key].get_default(call_default_factory=True)
    }


def _plain(key: str, value: object) -> object:
    if key in _TIMES and isinstance(value, int | float):
        return durations.text(value)
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
