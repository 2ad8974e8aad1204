"""A release: one image of a service, due to run.

Decides whether a container that is there was made from the same: what a container is made of has
a fingerprint. What only says how to get there, such as the order, is no part of it, nor are
fields at their defaults, so that a new field does not make every container a new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from longshore.delivery.rollouts.services import Service
from longshore.oci.digest import Digest
from longshore.oci.image import ImageReference

# Of a service, and of its health: what is no part of the container.
_HOW = {"order", "drain", "depends_on", "keep", "restart", "http", "running", "deadline", "watch"}


@dataclass(frozen=True)
class Release:
    """What is due: a service, its image by digest, and the number of the decision."""

    service: Service
    image: str
    """`host/repository@digest`."""
    number: int
    shares_with: str = ""
    """Name of the container of the service whose network it is in, if it is in another's."""

    def __post_init__(self) -> None:
        if ImageReference.parse(self.image).digest is None:
            raise ValueError(f"{self.image}: a release has its image by digest")

    @property
    def digest(self) -> Digest:
        digest = ImageReference.parse(self.image).digest
        assert digest is not None  # noqa: S101  # see above
        return digest

    @cached_property
    def fingerprint(self) -> str:
        """The same for two releases whose containers would be the same."""
        said = json.dumps([self.image, _said(self.service)], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:32]


def _said(value: object) -> object:
    if is_dataclass(value):
        given = {each.name: getattr(value, each.name) for each in fields(value)}
        told = [each for each in fields(value) if given[each.name] != _default(each)]
        said = {each.name: _said(given[each.name]) for each in told if each.name not in _HOW}
        return {name: part for name, part in said.items() if part != {}}
    if isinstance(value, tuple):
        return [_said(each) for each in value]
    return dict(value) if isinstance(value, Mapping) else value


def _default(each: Field[Any]) -> object:
    return each.default_factory() if each.default_factory is not MISSING else each.default
