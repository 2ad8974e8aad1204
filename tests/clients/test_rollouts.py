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
from tests.clients.engines import ENGINE_20, ENGINE_CURRENT, Engine
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


BAD: dict[str, tuple[dict[str, Any] | None, Health, str]] = {
    "ends": ({"command": END}, QUICK, "ended with 3"),
    "is-unhealthy": (
        {"Healthcheck": {"Test": ["CMD", BUSYBOX, "false"], "Interval": 10**8, "Retries": 2}},
        replace(QUICK, http=None),
        "HEALTHCHECK says unhealthy",
    ),
    "answers-404": ({}, replace(QUICK, http=Probe("/missing"), deadline=1), "not healthy within"),
    "never-answers": ({"command": [BUSYBOX, "sleep", "99"]}, replace(QUICK, deadline=1), "within"),
    "ends-soon": ({"command": [BUSYBOX, "sleep", "1"]}, replace(RUNNING, watch=5), "ended with 0"),
    "no-such-program": ({"command": ["/nowhere"]}, QUICK, "no such file"),
    "for-another-platform": ({"architecture": "s390x"}, QUICK, "for"),
    "is-missing": (None, QUICK, "is not in the registry"),
}
NOT_BROUGHT = {"for-another-platform", "is-missing"}
SAID = {"ends": "I can not start", "answers-404": "404"}


@both_orders
def test_bad_images_change_nothing(engine: Engine, there: Host, order: str) -> None:
    """Each in one order on one engine, and in the other order on the other."""
    service = there.service(networks=(Network(there.network(2)),), order=order)
    assert there.roll_out(service, there.image("one"), 1).result == "deployed"
    after = there.inspect()
    is_odd = (engine.name == "current") != (order == "stop-first")
    for number, bad in enumerate(list(BAD)[is_odd::2], 2):
        fields, health, reason = BAD[bad]
        image = there.image(f"{number}", **fields) if fields is not None else _missing(there)
        failing = replace(service, health=health)
        failure = failure_of(there.roll_out(failing, image, number))
        assert reason in failure.cause, bad
        assert SAID.get(bad, "") in failure.logs + failure.answer, bad

        before, after = after, there.inspect()
        assert essence(after) == essence(before), bad
        if bad in NOT_BROUGHT or (order == "start-first" and bad != "ends-soon"):
            assert after["State"]["StartedAt"] == before["State"]["StartedAt"], bad
        assert there.names() == {there.name: True}, bad
        assert there.page() == "one", bad


def _missing(there: Host) -> str:
    return f"{there.repository.image}@sha256:{'0' * 64}"


@ENGINE_CURRENT
def test_of_a_first_one_that_is_bad_nothing_is_left(there: Host) -> None:
    service = there.service(network_mode="none", health=RUNNING)
    assert there.roll_out(service, there.image("one", command=END), 1).failure is not None
    assert there.names() == {}


SPECS: dict[str, dict[str, Any]] = {
    "folder": {"volumes": (Volume("/data", "/no/such/folder", "bind"),)},
    "network": {"networks": (Network("no-such-network"),)},
    "secret": {"secrets": {"TOKEN": "no-such-secret"}},
    "device": {"confinement": Confinement(devices=("/dev/no-such-device",))},
    "address": {"networks": (Network("here", ipv4_address="192.0.2.1"),)},
}


def test_bad_specifications_change_nothing(there: Host) -> None:
    front = there.network(5)
    service = there.service(networks=(Network(front),), order="stop-first")
    image = there.image("one")
    there.roll_out(service, image, 1)
    before = there.inspect()
    for number, (spec, said) in enumerate(SPECS.items(), 2):
        fields = dict(said)
        if spec == "address":
            fields["networks"] = (replace(fields["networks"][0], name=front),)
        failure = failure_of(there.roll_out(replace(service, **fields), image, number))
        assert failure.cause, spec
        assert essence(there.inspect()) == essence(before), spec
        assert there.names() == {there.name: True}, spec


def test_a_port_of_the_host_goes_from_the_old_one_to_the_new_one_and_to_no_other(
    there: Host,
) -> None:
    port = free_port()
    front = there.network(6)
    image = there.image("one")
    holder = there.service(
        name=f"{there.name}-other", networks=(Network(front),), ports=(Port(80, port),)
    )
    there.roll_out(holder, image, 1)
    service = there.service(networks=(Network(front),), volumes=(Volume("/data", there.volume()),))
    there.roll_out(service, image, 1)
    before = there.inspect()

    failure = failure_of(there.roll_out(replace(service, ports=(Port(80, port),)), image, 2))
    assert "port" in failure.cause
    assert essence(there.inspect()) == essence(before)

    assert there.roll_out(holder, there.image("two"), 2).result == "deployed"
    bound = there.inspect(holder.name)["NetworkSettings"]["Ports"]["80/tcp"]
    assert {each["HostPort"] for each in bound} == {str(port)}
    assert there.page(holder.name) == "two"


@ENGINE_CURRENT
def test_what_somebody_did_by_hand_is_mended(there: Host) -> None:
    service = there.service(networks=(Network(there.network(18)),))
    image = there.image("one")
    there.roll_out(service, image, 1)
    there.client.stop(there.name)
    assert there.roll_out(service, image, 1).result == "mended"
    there.client.update_container(there.name, restart_policy={"Name": "always"})
    assert there.roll_out(service, image, 1).result == "mended"
    assert there.inspect()["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    [front] = there.inspect()["NetworkSettings"]["Networks"]
    there.client.disconnect_container_from_network(there.name, front)
    assert there.roll_out(service, image, 1).result == "mended"
    assert set(there.inspect()["NetworkSettings"]["Networks"]) == {front}
    there.client.rename(there.name, f"{there.name}-mine")
    assert there.roll_out(service, image, 1).result == "mended"
    assert there.names() == {there.name: True}
    there.client.remove_container(there.name, force=True)
    assert there.roll_out(service, image, 1).result == "deployed"
    assert there.names() == {there.name: True}


@ENGINE_20
def test_no_more_than_a_few_are_kept(there: Host) -> None:
    service = there.service(network_mode="none", keep=2, health=RUNNING)
    for number in range(1, 5):
        assert there.roll_out(service, there.image(f"{number}"), number).result == "deployed"
    kept = sorted(name.split("-prev-")[1][0] for name, runs in there.names().items() if not runs)
    assert kept == ["2", "3"]


def test_images_that_nobody_could_go_back_to_go(
    there: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "FRESH", timedelta())
    service = there.service(network_mode="none", keep=1, health=RUNNING)
    images = [there.image(f"{number}") for number in range(3)]
    for number, image in enumerate(images):
        there.roll_out(service, image, number)
    assert [there.has(image) for image in images] == [False, True, True]
    failure_of(there.roll_out(service, there.image("bad", command=END), 9))
    assert there.roll_out(service, images[1], 10).result == "deployed"
    assert there.has(images[2])
    tags = there.engine.docker("images", "--format", "{{.Tag}}", there.repository.image)
    assert len(tags.split()) == 2


@ENGINE_20
def test_a_healthcheck_of_the_service_counts_in_place_of_the_images(there: Host) -> None:
    check = Check((BUSYBOX, "test", "-e", "/www/health"), interval=0.2, retries=1)
    health = replace(QUICK, check=check, http=None)
    service = there.service(network_mode="none", health=health)
    never: dict[str, Any] = {
        "Healthcheck": {"Test": ["CMD", BUSYBOX, "false"], "Interval": 10**8, "Retries": 1}
    }
    assert there.roll_out(service, there.image("one", **never), 1).result == "deployed"
    assert there.inspect()["State"]["Health"]["Status"] == "healthy"


@ENGINE_CURRENT
def test_two_services_are_apart(there: Host) -> None:
    service: Service = there.service(network_mode="none", health=RUNNING)
    there.roll_out(service, there.image("one"), 1)
    other = replace(service, name=f"{service.name}.b")
    there.roll_out(other, there.image("two"), 1)
    assert there.names() == {service.name: True, other.name: True}
