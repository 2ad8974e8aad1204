"""A container that somebody made, read as a service: what was said by hand, and what was not."""

from typing import Any

import pytest

from longshore.delivery.rollouts.health import Check
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement, Service
from longshore.engine.adoption import adopted
from longshore.engine.errors import EngineError
from tests.engine.described import ID, IMAGE, NAMELESS, OTHERS, PATH, container


def service(**fields: Any) -> Service:
    read = adopted(container(**fields), {"Config": IMAGE})
    assert read.left_out == ()
    return read.service


def test_of_one_that_nobody_said_anything_of_there_is_its_image() -> None:
    assert service() == Service("web", "team/web", restart="no")


def test_what_was_said_by_hand_stays_and_what_the_image_says_does_not() -> None:
    said = service(
        Config={
            "Env": ["MODE=mine", "LANG=C", "MINE=a=b", "EMPTY="],
            "Labels": {"team": "acme", "tier": "front"},
            "WorkingDir": "/other",
            "User": "1000",
            "Hostname": "www",
            "StopSignal": "SIGTERM",
            "StopTimeout": 7,
        },
        HostConfig={"RestartPolicy": {"Name": "unless-stopped"}, "Init": True},
    )
    assert said == Service(
        "web",
        "team/web",
        environment={"MODE": "mine", "MINE": "a=b", "EMPTY": ""},
        labels={"tier": "front"},
        working_dir="/other",
        user="1000",
        hostname="www",
        has_init=True,
        stop_signal="SIGTERM",
        stop_grace=7,
    )


def test_what_the_engine_says_by_itself_was_said_by_nobody() -> None:
    bare = {"Env": [PATH], "StopSignal": "SIGTERM", "Entrypoint": None, "Cmd": ["serve"]}
    read = adopted(container(Config=bare), {"Config": {"Cmd": ["serve"], "User": "app"}})
    assert read.service.environment == {}
    assert (read.service.stop_signal, read.service.command) == ("", None)


def test_secrets_are_named_and_not_shown() -> None:
    said = service(Config={"Env": ["DB_PASSWORD=hush", "apiKey=hush", "MODE=image", "PLAIN=1"]})
    assert said.environment == {"PLAIN": "1"}
    assert said.secrets == {"DB_PASSWORD": "web-db_password", "apiKey": "web-apikey"}
    assert "hush" not in repr(said)


@pytest.mark.parametrize(
    ("entrypoint", "command", "told"),
    [
        (["/entry"], ["serve"], (None, None)),
        (["/entry"], ["migrate", "--all"], (None, ("migrate", "--all"))),
        (["/other"], ["serve"], (("/other",), ("serve",))),
        (["/other"], None, (("/other",), None)),
        (None, ["/bin/sh"], (("/bin/sh",), None)),
    ],
    ids=["images", "command", "both", "entrypoint", "taken-away"],
)
def test_what_is_started(
    entrypoint: list[str] | None,
    command: list[str] | None,
    told: tuple[tuple[str, ...] | None, tuple[str, ...] | None],
) -> None:
    said = service(Config={"Entrypoint": entrypoint, "Cmd": command})
    assert (said.entrypoint, said.command) == told


@pytest.mark.parametrize(
    ("check", "told"),
    [
        ({"Test": ["NONE"]}, Check(is_disabled=True)),
        (
            {"Test": ["CMD", "ask"], "Interval": 10**9, "Retries": 3},
            Check(interval=1, retries=3),
        ),
        ({"Test": ["CMD-SHELL", "a | b"]}, Check(("/bin/sh", "-c", "a | b"))),
        ({"Test": ["CMD", "other"], "Interval": 5 * 10**9}, Check(("other",))),
    ],
    ids=["none", "times", "shell", "command"],
)
def test_how_it_is_asked(check: dict[str, Any], told: Check) -> None:
    assert service(Config={"Healthcheck": check}).health.check == told


def test_ports_and_data_and_places() -> None:
    front = {"Aliases": ["www", ID[:12]], "IPAMConfig": {"IPv4Address": "10.1.0.9"}}
    said = service(
        HostConfig={
            "NetworkMode": "front",
            "PortBindings": {
                "80/tcp": [{"HostIp": "", "HostPort": "8080"}],
                "53/udp": [{"HostIp": "127.0.0.1", "HostPort": ""}],
            },
            "ExtraHosts": ["db:10.1.0.3"],
            "Dns": ["10.1.0.2"],
        },
        Mounts=[
            {
                "Type": "volume",
                "Name": "data",
                "Destination": "/data",
                "RW": True,
                "Mode": "z",  # as both engines say of volumes
            },
            {"Type": "volume", "Name": NAMELESS, "Destination": "/mine", "RW": True},
            {"Type": "volume", "Name": OTHERS, "Destination": "/cache", "RW": True},
            {"Type": "bind", "Source": "/etc", "Destination": "/conf", "RW": False, "Mode": "ro"},
        ],
        NetworkSettings={"Networks": {"back": {}, "front": front}},
    )
    assert said.ports == (Port(80, 8080), Port(53, 0, "udp", "127.0.0.1"))
    assert said.volumes == (
        Volume("/data", "data"),
        Volume("/mine"),
        Volume("/conf", "/etc", "bind", is_read_only=True),
    )
    assert said.networks == (Network("front", ("www",), "10.1.0.9"), Network("back"))
    assert (said.extra_hosts, said.dns) == (("db:10.1.0.3",), ("10.1.0.2",))


def test_the_network_of_the_host() -> None:
    said = service(HostConfig={"NetworkMode": "host"}, Config={"Hostname": "this-machine"})
    assert (said.network_mode, said.hostname, said.networks) == ("host", "", ())


def test_what_it_may_use() -> None:
    said = service(
        HostConfig={
            "Memory": 1 << 20,
            "MemorySwap": 2 << 20,
            "NanoCpus": 500_000_000,
            "ShmSize": 1 << 16,
            "PidsLimit": 9,
            "ReadonlyRootfs": True,
            "Privileged": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges", "label=disable"],
            "MaskedPaths": None,
            "Devices": [
                {"PathOnHost": "/dev/a", "PathInContainer": "/dev/b", "CgroupPermissions": "r"}
            ],
        }
    )
    assert said.confinement == Confinement(
        memory=1 << 20,
        cpus=0.5,
        shm_size=1 << 16,
        pids=9,
        is_read_only=True,
        is_privileged=True,
        cap_drop=("ALL",),
        devices=("/dev/a:/dev/b:r",),
        security_opt=("no-new-privileges",),
    )


def test_its_name_is_kept_where_it_is_no_name_of_a_service() -> None:
    said = service(Name="/Acme_Web_")
    assert (said.name, said.container_name) == ("acme_web", "Acme_Web_")


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("nginx:1.25", "nginx"),
        ("acme/app", "acme/app"),
        ("c" * 12, "web"),
        (f"sha256:{'c' * 64}", "web"),
        (f"localhost:5000/team/app@sha256:{'d' * 64}", "team/app"),
    ],
)
def test_where_its_images_are_to_be(image: str, repository: str) -> None:
    assert service(Config={"Image": image}).image == repository


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("com.docker.compose.project", "belongs to the Compose project shop"),
        ("com.docker.swarm.service.name", "belongs to the Swarm service shop"),
        ("longshore.service", "is what the agent made of the service shop"),
    ],
)
def test_what_has_an_owner_is_left_to_that_one(label: str, reason: str) -> None:
    with pytest.raises(EngineError, match=reason):
        service(Config={"Labels": {label: "shop"}})


def test_what_can_be_no_service_is_refused() -> None:
    with pytest.raises(EngineError, match="web can not be a service"):
        service(Config={"StopSignal": "no such"})
