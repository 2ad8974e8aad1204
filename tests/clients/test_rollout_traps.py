"""What a service keeps through rollouts on real engines, good and bad: its data and its places.

Also what an image, a signal or a restart policy has in store for whoever replaces containers.
"""

from dataclasses import replace
from typing import Any

import pytest

from longshore.delivery.rollouts.resources import Network, Volume
from tests.clients.engines import ENGINE_20, ENGINE_CURRENT, in_turn
from tests.clients.rolling import (
    BUSYBOX,
    END,
    ORDERS,
    RUNNING,
    SERVE,
    Host,
    essence,
    failure_of,
)


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ("engine_20", "anonymous"),  # of which each engine has its own idea
        ("engine_current", "anonymous"),
        ("engine_20", "declared"),
        ("engine_current", "named"),
    ],
    indirect=["engine"],
)
def test_data_stays_with_the_service(there: Host, kind: str) -> None:
    """Through a rollout, a failed one, and one more."""
    volumes = {
        "anonymous": (),  # by the image alone
        "declared": (Volume("/data"),),
        "named": (Volume("/data", there.volume()),),
    }
    service = there.service(network_mode="none", health=RUNNING, volumes=volumes[kind])
    said: dict[str, Any] = {"Volumes": {"/data": {}}} if kind == "anonymous" else {}
    log = ["cat", "/data/log"]

    def image(words: str, program: list[str] = SERVE) -> str:
        start = f"echo {words} >> /data/log; exec {' '.join(program)}"
        return there.image(words, command=[BUSYBOX, "sh", "-c", start], **said)

    there.roll_out(service, image("one"), 1)
    assert there.roll_out(service, image("two"), 2).result == "deployed"
    assert there.run(*log).split() == ["one", "two"]
    failure_of(there.roll_out(service, image("three", [BUSYBOX, "false"]), 3))
    assert there.run(*log).split() == ["one", "two", "three", "two"]
    assert there.roll_out(service, image("four"), 4).result == "deployed"
    assert there.run(*log).split() == ["one", "two", "three", "two", "four"]


@pytest.mark.parametrize(
    ("engine", "order"),
    [
        ("engine_20", "stop-first"),  # with addresses, which each engine is told otherwise
        ("engine_current", "stop-first"),
        ("engine_current", "start-first"),
    ],
    indirect=["engine"],
)
def test_places_in_networks_are_kept(there: Host, order: str) -> None:
    subnet = 9 if order == "start-first" else 10
    front, back = there.network(subnet), there.network(subnet + 10)
    address = f"{there.engine.subnets}.{subnet}.77" if order == "stop-first" else ""
    mac = "aa:bb:cc:00:0a:01" if address else ""
    first = Network(front, ("www", "web.internal"), address, mac_address=mac)
    places = (first, Network(back, ("db-client",)))
    service = there.service(networks=places, order=order)
    there.roll_out(service, there.image("one"), 1)
    assert there.roll_out(service, there.image("two"), 2).result == "deployed"

    joined = there.inspect()["NetworkSettings"]["Networks"]
    assert set(joined) == {front, back}
    assert {"www", "web.internal"} <= set(joined[front]["Aliases"])
    assert {"db-client"} <= set(joined[back]["Aliases"])
    assert there.run("wget", "-qO-", "http://web.internal/health") == "two"
    if address:
        assert (joined[front]["IPAddress"], joined[front]["MacAddress"]) == (address, mac)
    before = there.inspect()
    failure_of(there.roll_out(service, there.image("three", command=END), 3))
    assert essence(there.inspect()) == essence(before)
    assert there.run("wget", "-qO-", "http://db-client/health") == "two"


@ENGINE_20
def test_what_an_image_changes_counts(there: Host) -> None:
    """Its variables, its command and its entry point, unless the service says its own."""
    service = there.service(network_mode="none", environment={"MINE": "kept"}, health=RUNNING)
    wait = [BUSYBOX, "sleep"]
    first = there.image("one", command=["91"], Entrypoint=wait, Env=["THEIRS=1", "GONE=1"])
    second = there.image("two", command=["92"], Entrypoint=[*wait, "0"], Env=["THEIRS=2"])
    there.roll_out(service, first, 1)
    assert there.roll_out(service, second, 2).result == "deployed"
    config = there.inspect()["Config"]
    assert set(config["Env"]) - {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    } == {
        "MINE=kept",
        "THEIRS=2",
    }
    assert (config["Entrypoint"], config["Cmd"]) == ([*wait, "0"], ["92"])


@ENGINE_CURRENT
def test_the_old_one_ends_by_its_own_signal_and_grace(there: Host) -> None:
    data = there.volume()
    service = there.service(
        network_mode="none",
        volumes=(Volume("/data", data),),
        health=RUNNING,
        stop_grace=20,
    )
    goodbye = (
        "trap 'sleep 1; echo goodbye > /data/log; exit 0' QUIT; trap '' TERM;"
        " while :; do sleep 0.1; done"
    )
    polite = there.image("one", command=[BUSYBOX, "sh", "-c", goodbye], StopSignal="SIGQUIT")
    there.roll_out(service, polite, 1)
    assert there.roll_out(service, there.image("two"), 2).result == "deployed"
    assert there.run("cat", "/data/log") == "goodbye"
    [previous] = [name for name, runs in there.names().items() if not runs]
    assert there.inspect(previous)["State"]["ExitCode"] == 0


@in_turn("order", ORDERS)
def test_one_that_always_restarts_stays_down_when_it_is_replaced(there: Host, order: str) -> None:
    service = there.service(network_mode="none", health=RUNNING, restart="always", order=order)
    there.roll_out(service, there.image("one"), 1)
    there.roll_out(service, there.image("two"), 2)
    policies = {
        name: there.inspect(name)["HostConfig"]["RestartPolicy"]["Name"] for name in there.names()
    }
    assert policies.pop(there.name) == "always"
    assert set(policies.values()) == {"no"}
    before = there.inspect()
    failure_of(there.roll_out(service, there.image("three", command=END), 3))
    assert essence(there.inspect()) == essence(before)


@ENGINE_20
def test_a_one_shot_runs_once_for_each_release(there: Host) -> None:
    data = there.volume()
    service = there.service(
        network_mode="none", is_one_shot=True, health=RUNNING, volumes=(Volume("/data", data),)
    )

    def image(words: str, code: int = 0) -> str:
        program = f"echo {words} >> /data/log; exit {code}"
        return there.image(words, command=[BUSYBOX, "sh", "-c", program])

    first = image("one")
    assert there.roll_out(service, first, 1).result == "deployed"
    assert there.roll_out(service, first, 1).result == "unchanged"
    before = there.inspect()
    assert (
        failure_of(there.roll_out(service, image("two", 4), 2)).cause
        == "the container ended with 4"
    )
    assert essence(there.inspect()) == essence(before)
    assert there.roll_out(service, image("three"), 3).result == "deployed"
    reader = there.service(
        name=f"{there.name}-reader",
        network_mode="none",
        health=RUNNING,
        volumes=(Volume("/data", data, is_read_only=True),),
    )
    there.roll_out(reader, there.image("reader"), 1)
    assert there.run("cat", "/data/log", name=reader.name).split() == ["one", "two", "three"]


def test_containers_in_its_network_come_along(there: Host) -> None:
    front = there.network(14)
    service = there.service(networks=(Network(front),))
    there.roll_out(service, there.image("one"), 1)
    sidecar = f"{there.name}-sidecar"
    first = there.image("side", command=[BUSYBOX, "sleep", "99"], ExposedPorts={"9/tcp": {}})
    there.engine.docker(
        "run", "--detach", "--name", sidecar, "--network", f"container:{there.name}",
        "--env", "MINE=kept", "--restart", "always", first,
    )  # fmt: skip
    ask = ["wget", "-qO-", "http://127.0.0.1/health"]
    assert there.run(*ask, name=sidecar) == "one"

    assert there.roll_out(service, there.image("two"), 2).result == "deployed"
    assert there.run(*ask, name=sidecar) == "two"
    followed = there.inspect(sidecar)
    assert "MINE=kept" in followed["Config"]["Env"]
    assert followed["HostConfig"]["RestartPolicy"]["Name"] == "always"
    assert [name for name in there.names() if "sidecar" in name] == [sidecar]

    stop_first = replace(service, order="stop-first", health=replace(RUNNING, watch=3))
    ends = there.image("three", command=[BUSYBOX, "sh", "-c", "sleep 2; exit 1"])
    failure_of(there.roll_out(stop_first, ends, 3))
    assert there.run(*ask, name=sidecar) == "two"
    assert essence(there.inspect(sidecar)) == essence(followed)


@in_turn("order", reversed(ORDERS))
def test_containers_among_its_processes_come_along(there: Host, order: str) -> None:
    service = there.service(networks=(Network(there.network(23)),), order=order)
    there.roll_out(service, there.image("one"), 1)
    image, sidecar = there.image("side", command=[BUSYBOX, "sleep", "99"]), f"{there.name}-sidecar"
    there.engine.docker(
        "run", "--detach", "--name", sidecar, "--network", "none", "--restart", "always",
        "--pid", f"container:{there.name}", image,
    )  # fmt: skip
    assert there.roll_out(service, there.image("two"), 2).result == "deployed"
    assert "httpd" in there.run("ps", name=sidecar)
    followed = there.inspect(sidecar)
    assert followed["HostConfig"]["PidMode"] == f"container:{there.inspect()['Id']}"
    failure_of(there.roll_out(service, there.image("three", command=END), 3))
    assert "httpd" in there.run("ps", name=sidecar)
    assert essence(there.inspect(sidecar)) == essence(followed)


@ENGINE_CURRENT
def test_a_service_in_the_network_of_another(there: Host) -> None:
    service = there.service(networks=(Network(there.network(15)),))
    side = there.service(
        name=f"{there.name}-side", network_mode=f"service:{there.name}", health=RUNNING
    )
    sleep = [BUSYBOX, "sleep", "99"]
    first = there.image("side", command=sleep)
    alone = there.roll_out(side, first, 1).failure
    assert alone is not None
    assert f"{there.name}, whose network it is in, is not there" in alone.cause
    there.roll_out(service, there.image("one"), 1)
    assert there.roll_out(side, first, 2).result == "deployed"
    there.roll_out(service, there.image("two"), 2)
    assert there.roll_out(side, first, 2).result == "unchanged"
    assert there.run("wget", "-qO-", "http://127.0.0.1/health", name=side.name) == "two"
    second = there.image("sidecar", command=sleep)
    assert there.roll_out(side, second, 3).result == "deployed"
    assert there.run("wget", "-qO-", "http://127.0.0.1/health", name=side.name) == "two"


@ENGINE_20
@pytest.mark.usefixtures("impatient")
def test_one_that_others_made_is_replaced_and_comes_back(there: Host) -> None:
    front, data = there.network(16), there.volume()
    foreign = there.image("one", Volumes={"/cache": {}})
    there.engine.docker(
        "run", "--detach", "--name", there.name, "--network", front, "--network-alias", "www",
        "--volume", f"{data}:/data", "--restart", "always", foreign,
    )  # fmt: skip
    there.run("touch", "/cache/mine", "/data/mine")
    before = there.inspect()
    service = there.service(
        networks=(Network(front, ("www",)),),
        volumes=(Volume("/data", data), Volume("/cache")),
    )
    failure_of(there.roll_out(service, there.image("two", command=END), 1))
    assert essence(there.inspect()) == essence(before)
    assert there.roll_out(service, there.image("three"), 2).result == "deployed"
    assert there.run("ls", "/cache", "/data").split() == ["/cache:", "mine", "/data:", "mine"]


@pytest.mark.usefixtures("impatient")
def test_one_that_vanishes_when_it_stops_is_made_again(there: Host) -> None:
    front, address = there.network(17), f"{there.engine.subnets}.17.9"
    foreign = there.image("one", Volumes={"/cache": {}})
    there.engine.docker(
        "run", "--detach", "--rm", "--name", there.name, "--network", front,
        "--network-alias", "www", "--ip", address, foreign,
    )  # fmt: skip
    there.run("touch", "/cache/mine")
    before = there.inspect()
    service = there.service(
        networks=(Network(front, ("www",), address),), volumes=(Volume("/cache"),)
    )
    failure_of(there.roll_out(service, there.image("two", command=END), 1))
    after = there.inspect()
    assert after["State"]["Running"]
    assert after["HostConfig"]["AutoRemove"]
    assert after["Config"]["Env"] == before["Config"]["Env"]
    assert after["NetworkSettings"]["Networks"][front]["IPAddress"] == address
    assert there.run("ls", "/cache") == "mine"
    assert there.run("wget", "-qO-", "http://www/health") == "one"
