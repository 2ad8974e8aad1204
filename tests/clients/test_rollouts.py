"""Rollouts on real engines: the new one is healthy, or the old one runs as before.

Compared are what the engine says of the container, and what it answers.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from longshore.delivery.rollouts.health import Check, Health, Probe
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement, Service
from longshore.engine import pulling
from tests.clients.rolling import BUSYBOX, END, ORDERS, QUICK, RUNNING, Host, essence, failure_of
from tests.processes import free_port

both_orders = pytest.mark.parametrize("order", ORDERS)


def test_the_first_then_another_beside_it(there: Host) -> None:
    service = there.service(networks=(Network(there.network(1), ("www",)),))
    first, second = there.image("one"), there.image("two")

    assert there.roll_out(service, first, 1).result == "deployed"
    assert there.names() == {there.name: True}
    assert there.run("wget", "-qO-", "http://www/health") == "one"
    before = there.inspect()
    assert before["Config"]["Image"] == first
    assert before["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"

    assert there.roll_out(service, first, 1).result == "unchanged"
    assert there.inspect()["State"]["StartedAt"] == before["State"]["StartedAt"]

    assert there.roll_out(service, second, 2).result == "deployed"
    assert there.run("wget", "-qO-", "http://www/health") == "two"
    previous = f"{there.name}-prev-1-{before['Id'][:6]}"
    assert there.names() == {there.name: True, previous: False}
    assert there.inspect(previous)["HostConfig"]["RestartPolicy"]["Name"] == "no"


BAD: dict[str, tuple[dict[str, Any], Health, str]] = {
    "ends": ({"command": END}, QUICK, "ended with 3"),
    "is-unhealthy": (
        {"Healthcheck": {"Test": ["CMD", BUSYBOX, "false"], "Interval": 10**8, "Retries": 2}},
        replace(QUICK, http=None),
        "HEALTHCHECK says unhealthy",
    ),
    "answers-500": ({}, replace(QUICK, http=Probe("/missing"), deadline=1), "not healthy within"),
    "never-answers": ({"command": [BUSYBOX, "sleep", "99"]}, replace(QUICK, deadline=1), "within"),
    "ends-soon": ({"command": [BUSYBOX, "sleep", "1"]}, replace(RUNNING, watch=5), "ended with 0"),
    "no-such-program": ({"command": ["/nowhere"]}, QUICK, "no such file"),
    "for-another-platform": ({"architecture": "s390x"}, QUICK, "for"),
}


@both_orders
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_image_changes_nothing(there: Host, order: str, bad: str) -> None:
    fields, health, reason = BAD[bad]
    service = there.service(networks=(Network(there.network(2)),), order=order)
    assert there.roll_out(service, there.image("one"), 1).result == "deployed"
    before = there.inspect()

    failing = replace(service, health=health)
    failure = failure_of(there.roll_out(failing, there.image("two", **fields), 2))
    assert reason in failure.cause

    after = there.inspect()
    assert essence(after) == essence(before)
    if order == "start-first" and bad != "ends-soon":
        assert after["State"]["StartedAt"] == before["State"]["StartedAt"]
    assert there.names() == {there.name: True}
    assert there.run("wget", "-qO-", "http://127.0.0.1/health") == "one"


def test_what_was_seen_of_a_failure_is_kept(there: Host) -> None:
    service = there.service(networks=(Network(there.network(3)),))
    said = there.roll_out(service, there.image("one", command=END), 1).failure
    assert said is not None
    assert "I can not start" in said.logs

    probed = replace(service, health=replace(QUICK, http=Probe("/missing"), deadline=1))
    answered = there.roll_out(probed, there.image("two"), 2).failure
    assert answered is not None
    assert "404" in answered.answer
    assert there.names() == {}


def test_an_image_that_is_not_in_the_registry_touches_nothing(there: Host) -> None:
    service = there.service(networks=(Network(there.network(4)),))
    there.roll_out(service, there.image("one"), 1)
    before = there.inspect()
    missing = f"{there.repository.image}@sha256:{'0' * 64}"
    failure = failure_of(there.roll_out(service, missing, 2))
    assert "is not in the registry" in failure.cause
    assert there.inspect()["State"] == before["State"]


SPECS: dict[str, dict[str, Any]] = {
    "folder": {"volumes": (Volume("/data", "/no/such/folder", "bind"),)},
    "network": {"networks": (Network("no-such-network"),)},
    "secret": {"secrets": {"TOKEN": "no-such-secret"}},
    "device": {"confinement": Confinement(devices=("/dev/no-such-device",))},
    "address": {"networks": (Network("here", ipv4_address="192.0.2.1"),)},
}


@pytest.mark.parametrize("spec", SPECS)
def test_a_bad_specification_changes_nothing(there: Host, spec: str) -> None:
    front = there.network(5)
    service = there.service(networks=(Network(front),), order="stop-first")
    image = there.image("one")
    there.roll_out(service, image, 1)
    before = there.inspect()

    fields = dict(SPECS[spec])
    if spec == "address":
        fields["networks"] = (replace(fields["networks"][0], name=front),)
    failure = failure_of(there.roll_out(replace(service, **fields), image, 2))
    assert failure.cause
    assert essence(there.inspect()) == essence(before)
    assert there.names() == {there.name: True}


def test_a_port_that_others_hold_changes_nothing(there: Host) -> None:
    port = free_port()
    front = there.network(6)
    image = there.image("one")
    other = there.service(
        name=f"{there.name}-other", networks=(Network(front),), ports=(Port(80, port),)
    )
    there.roll_out(other, image, 1)
    service = there.service(networks=(Network(front),), volumes=(Volume("/data", there.volume()),))
    there.roll_out(service, image, 1)
    before = there.inspect()

    failure = failure_of(there.roll_out(replace(service, ports=(Port(80, port),)), image, 2))
    assert "port" in failure.cause
    assert essence(there.inspect()) == essence(before)


def test_a_port_of_the_host_goes_from_the_old_one_to_the_new_one(there: Host) -> None:
    port = free_port()
    service = there.service(networks=(Network(there.network(7)),), ports=(Port(80, port),))
    there.roll_out(service, there.image("one"), 1)
    assert there.roll_out(service, there.image("two"), 2).result == "deployed"
    bound = there.inspect()["NetworkSettings"]["Ports"]["80/tcp"]
    assert {each["HostPort"] for each in bound} == {str(port)}
    assert there.run("wget", "-qO-", "http://127.0.0.1/health") == "two"


def test_what_somebody_did_by_hand_is_mended(there: Host) -> None:
    service = there.service(networks=(Network(there.network(18)),))
    image = there.image("one")
    there.roll_out(service, image, 1)
    there.engine.docker("stop", there.name)
    assert there.roll_out(service, image, 1).result == "mended"
    there.engine.docker("update", "--restart", "always", there.name)
    assert there.roll_out(service, image, 1).result == "mended"
    assert there.inspect()["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    [front] = there.inspect()["NetworkSettings"]["Networks"]
    there.engine.docker("network", "disconnect", front, there.name)
    assert there.roll_out(service, image, 1).result == "mended"
    assert set(there.inspect()["NetworkSettings"]["Networks"]) == {front}
    there.engine.docker("rename", there.name, f"{there.name}-mine")
    assert there.roll_out(service, image, 1).result == "mended"
    assert there.names() == {there.name: True}
    there.engine.docker("rm", "--force", there.name)
    assert there.roll_out(service, image, 1).result == "deployed"
    assert there.names() == {there.name: True}


def test_no_more_than_a_few_are_kept(there: Host) -> None:
    service = there.service(networks=(Network(there.network(19)),), keep=2, health=RUNNING)
    for number in range(1, 6):
        assert there.roll_out(service, there.image(f"{number}"), number).result == "deployed"
    kept = sorted(name.split("-prev-")[1][0] for name, runs in there.names().items() if not runs)
    assert kept == ["3", "4"]


def test_images_that_nobody_could_go_back_to_go(
    there: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "FRESH", timedelta())
    service = there.service(networks=(Network(there.network(22)),), keep=1, health=RUNNING)
    images = [there.image(f"{number}") for number in range(4)]
    for number, image in enumerate(images):
        there.roll_out(service, image, number)
    assert [there.has(image) for image in images] == [False, False, True, True]
    failure_of(there.roll_out(service, there.image("bad", command=END), 9))
    assert there.roll_out(service, images[2], 10).result == "deployed"
    assert there.has(images[3])
    tags = there.engine.docker("images", "--format", "{{.Tag}}", there.repository.image)
    assert len(tags.split()) == 2


def test_a_healthcheck_of_the_service_counts_in_place_of_the_images(there: Host) -> None:
    check = Check((BUSYBOX, "test", "-e", "/www/health"), interval=0.2, retries=1)
    health = replace(QUICK, check=check, http=None)
    service = there.service(networks=(Network(there.network(20)),), health=health)
    never: dict[str, Any] = {
        "Healthcheck": {"Test": ["CMD", BUSYBOX, "false"], "Interval": 10**8, "Retries": 1}
    }
    assert there.roll_out(service, there.image("one", **never), 1).result == "deployed"
    assert there.inspect()["State"]["Health"]["Status"] == "healthy"


def test_two_services_are_apart(there: Host) -> None:
    service: Service = there.service(networks=(Network(there.network(21)),))
    there.roll_out(service, there.image("one"), 1)
    other = replace(service, name=f"{service.name}.b")
    there.roll_out(other, there.image("two"), 1)
    assert there.names() == {service.name: True, other.name: True}
