"""Releases: by digest, and the same container for the same fingerprint."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from longshore.delivery.rollouts.health import Check, Health, Probe
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.resources import Port
from longshore.delivery.rollouts.services import Service
from tests.delivery.rollouts.material import IMAGE, OTHER_IMAGE

WEB = Service("web", "team/web", environment={"A": "1", "B": "2"})


def test_a_release_has_its_image_by_digest() -> None:
    assert Release(WEB, IMAGE, 1).digest == IMAGE.partition("@")[2]
    with pytest.raises(ValueError, match="by digest"):
        Release(WEB, "registry.example.com/team/web:1.0", 1)


@pytest.mark.parametrize(
    "change",
    [
        {"command": ("serve",)},
        {"command": ()},
        {"environment": {"A": "1"}},
        {"secrets": {"C": "c"}},
        {"ports": (Port(80),)},
        {"stop_signal": "SIGQUIT"},
        {"health": Health(Check(("true",)))},
    ],
)
def test_what_a_container_is_made_of_makes_another(change: dict[str, Any]) -> None:
    changed = Release(replace(WEB, **change), IMAGE, 1)
    assert changed.fingerprint != Release(WEB, IMAGE, 1).fingerprint


def test_another_image_makes_another() -> None:
    assert Release(WEB, IMAGE, 1).fingerprint != Release(WEB, OTHER_IMAGE, 1).fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"order": "stop-first"},
        {"drain": 1.0},
        {"keep": 2},
        {"depends_on": ("db",)},
        {"restart": "always"},
        {"health": Health(http=Probe("/health"), watch=0, deadline=9)},
        {"environment": {"B": "2", "A": "1"}},
    ],
)
def test_how_to_get_there_makes_no_other(change: dict[str, Any]) -> None:
    changed = Release(replace(WEB, **change), IMAGE, 2)
    assert changed.fingerprint == Release(WEB, IMAGE, 1).fingerprint


def test_a_fingerprint_stays_what_it_is() -> None:
    """Another one would make every container of every host a new one."""
    assert Release(WEB, IMAGE, 1).fingerprint == "84e6318ac88a57545448a12035e184c6"


def test_a_release_is_read_from_json_as_it_was_written() -> None:
    release = Release(WEB, IMAGE, 1, shares_with="vpn")
    assert msgspec.json.decode(msgspec.json.encode(release), type=Release) == release
