"""What Docker Engine is told to make a container of a release."""

from dataclasses import replace
from typing import Any

import pytest

from longshore.delivery.rollouts.health import Check, Health
from longshore.delivery.rollouts.release import Release
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement, Service
from longshore.engine import creation
from longshore.engine.creation import Body

IMAGE = f"registry.example.com/team/web@sha256:{'1' * 64}"
WEB = Service("web", "team/web")


def body(service: Service = WEB, **fields: Any) -> Body:
    given: dict[str, Any] = {"environment": {}, "carried": {}, "shared": ""}
    return creation.body(Release(service, IMAGE, 7), **(given | fields))


def host(service: Service = WEB, **fields: Any) -> Body:
    found: Body = body(service, **fields)["HostConfig"]
    return found


def test_what_is_not_said_is_left_to_the_image_and_the_engine() -> None:
    assert body() == {
        "Image": IMAGE,
        "Labels": {
            "longshore.container": "web",
            "longshore.service": "web",
            "longshore.release": "7",
            "longshore.fingerprint": Release(WEB, IMAGE, 7).fingerprint,
            "longshore.image": IMAGE,
        },
        "HostConfig": {"RestartPolicy": {"Name": "no"}},
    }


def test_what_runs_and_how_it_ends() -> None:
    service = replace(
        WEB,
        container="acme-web",
        entrypoint=("/entry",),
        command=("serve",),
        user="1000",
        working_dir="/srv",
        hostname="www",
        labels={"team": "acme"},
        stop_signal="SIGQUIT",
        stop_grace=1.5,
    )
    told = body(service, environment={"MODE": "staging", "EMPTY": ""})
    labels = told.pop("Labels")
    assert labels["team"] == "acme"
    assert labels["longshore.container"] == "acme-web"
    assert told == {
        "Image": IMAGE,
        "Entrypoint": ["/entry"],
        "Cmd": ["serve"],
        "User": "1000",
        "WorkingDir": "/srv",
        "Hostname": "www",
        "Env": ["MODE=staging", "EMPTY="],
        "StopSignal": "SIGQUIT",
        "StopTimeout": 2,
        "HostConfig": {"RestartPolicy": {"Name": "no"}},
    }


def test_what_it_may_use() -> None:
    confinement = Confinement(
        memory=1 << 20,
        cpus=0.5,
        shm_size=1 << 16,
        pids=9,
        is_read_only=True,
        is_privileged=True,
        cap_add=("NET_ADMIN",),
        cap_drop=("ALL",),
        security_opt=("no-new-privileges",),
        sysctls={"net.core.somaxconn": "9"},
        group_add=("7",),
    )
    assert host(replace(WEB, confinement=confinement)) == {
        "Memory": 1 << 20,
        "NanoCpus": 500_000_000,
        "ShmSize": 1 << 16,
        "PidsLimit": 9,
        "ReadonlyRootfs": True,
        "Privileged": True,
        "CapAdd": ["NET_ADMIN"],
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "Sysctls": {"net.core.somaxconn": "9"},
        "GroupAdd": ["7"],
        "RestartPolicy": {"Name": "no"},
    }


def test_devices() -> None:
    confinement = Confinement(devices=("/dev/a", "/dev/b:/dev/c:r"))
    told = host(replace(WEB, confinement=confinement))["Devices"]
    assert [tuple(device.values()) for device in told] == [
        ("/dev/a", "/dev/a", "rwm"),
        ("/dev/b", "/dev/c", "r"),
    ]
    assert set(told[0]) == {"PathOnHost", "PathInContainer", "CgroupPermissions"}


def test_names_that_it_knows_and_who_is_first() -> None:
    service = replace(WEB, extra_hosts=("db:10.1.0.3",), dns=("10.1.0.2",), has_init=True)
    told = host(service)
    assert (told["ExtraHosts"], told["Dns"], told["Init"]) == (["db:10.1.0.3"], ["10.1.0.2"], True)


def test_a_grace_of_nothing_is_said() -> None:
    assert body(replace(WEB, stop_grace=0))["StopTimeout"] == 0


def test_ports() -> None:
    ports = (Port(80, 8080), Port(80, 8081, address="127.0.0.1"), Port(53, protocol="udp"))
    told = body(replace(WEB, ports=ports))
    assert told["ExposedPorts"] == {"80/tcp": {}, "53/udp": {}}
    assert told["HostConfig"]["PortBindings"] == {
        "80/tcp": [
            {"HostIp": "", "HostPort": "8080"},
            {"HostIp": "127.0.0.1", "HostPort": "8081"},
        ],
        "53/udp": [{"HostIp": "", "HostPort": ""}],
    }


def test_volumes_of_each_kind() -> None:
    volumes = (
        Volume("/named", "data"),
        Volume("/mine"),
        Volume("/conf", "/srv/conf", "bind", is_read_only=True),
        Volume("/run", kind="tmpfs"),
    )
    told = host(replace(WEB, volumes=volumes), carried={"/mine": "a" * 64, "/theirs": "b" * 64})
    assert told["Mounts"] == [
        {"Type": "volume", "Source": "data", "Target": "/named", "ReadOnly": False},
        {"Type": "volume", "Source": "a" * 64, "Target": "/mine", "ReadOnly": False},
        {"Type": "bind", "Source": "/srv/conf", "Target": "/conf", "ReadOnly": True},
        {"Type": "volume", "Source": "b" * 64, "Target": "/theirs"},
    ]
    assert told["Tmpfs"] == {"/run": ""}
    [fresh] = host(replace(WEB, volumes=(Volume("/mine"),)))["Mounts"]
    assert fresh == {"Type": "volume", "Target": "/mine", "ReadOnly": False}


def test_networks() -> None:
    front, back = (
        Network("front", ("www",), "10.1.0.9", "fd00::9", "02:42:00:00:00:09"),
        Network("back"),
    )
    assert host(replace(WEB, networks=(front, back)))["NetworkMode"] == "front"
    assert body(replace(WEB, networks=(front, back)))["MacAddress"] == "02:42:00:00:00:09"
    assert host(replace(WEB, network_mode="host"))["NetworkMode"] == "host"
    shared = replace(WEB, network_mode="service:vpn")
    assert host(shared, shared="c" * 64)["NetworkMode"] == f"container:{'c' * 64}"
    assert creation.endpoint(front, has_aliases=True) == {
        "Aliases": ["www"],
        "IPAMConfig": {"IPv4Address": "10.1.0.9", "IPv6Address": "fd00::9"},
        "MacAddress": "02:42:00:00:00:09",
    }
    assert "Aliases" not in creation.endpoint(front, has_aliases=False)
    assert creation.endpoint(back, has_aliases=True) == {}


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (Check(is_disabled=True), {"Test": ["NONE"]}),
        (
            Check(("ask", "me"), interval=1.5),
            {"Test": ["CMD", "ask", "me"], "Interval": 15 * 10**8},
        ),
        (
            Check(timeout=1, retries=2, start_period=3),
            {"Timeout": 10**9, "Retries": 2, "StartPeriod": 3 * 10**9},
        ),
    ],
)
def test_checks(check: Check, told: Body) -> None:
    assert body(replace(WEB, health=Health(check)))["Healthcheck"] == told
