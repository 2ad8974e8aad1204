"""A container that somebody made, read as a service: what was said by hand, and what was not."""

from typing import Any

import pytest

from longshore.delivery.rollouts.health import Check
from longshore.delivery.rollouts.resources import Network, Port, Volume
from longshore.delivery.rollouts.services import Confinement, Service
from longshore.engine.adoption import adopted
from longshore.engine.errors import EngineError

ID, NAMELESS, OTHERS = "1" * 64, "a" * 64, "b" * 64
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

IMAGE: dict[str, Any] = {
    "Env": ["MODE=image", "LANG=C"],
    "Entrypoint": ["/entry"],
    "Cmd": ["serve"],
    "WorkingDir": "/srv",
    "User": "app",
    "Labels": {"team": "acme"},
    "ExposedPorts": {"80/tcp": {}},
    "Volumes": {"/cache": {}},
    "StopSignal": "SIGQUIT",
    "Healthcheck": {"Test": ["CMD", "ask"], "Interval": 5 * 10**9},
}
CONFIG = {**IMAGE, "Image": "registry.example.com/team/web:1.0", "Hostname": ID[:12]}
# As Docker Engine 20.10 says of `docker run IMAGE`.
HOST: dict[str, Any] = {
    "Binds": None,
    "ContainerIDFile": "",
    "LogConfig": {"Type": "json-file", "Config": {}},
    "NetworkMode": "default",
    "PortBindings": {},
    "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    "AutoRemove": False,
    "CgroupnsMode": "private",
    "Dns": [],
    "IpcMode": "private",
    "ShmSize": 64 << 20,
    "Runtime": "runc",
    "ConsoleSize": [0, 0],
    "BlkioWeightDevice": [],
    "MemorySwappiness": None,
    "OomKillDisable": False,
    "MaskedPaths": ["/proc/asound"],
    "ReadonlyPaths": ["/proc/bus"],
}
BRIDGE = {"bridge": {"Aliases": None, "IPAMConfig": None, "MacAddress": "02:42:0a:01:00:09"}}


def container(**fields: Any) -> dict[str, Any]:
    """A container of that image; fields are added to its parts."""
    found: dict[str, Any] = {
        "Id": ID,
        "Name": "/web",
        "Image": f"sha256:{'c' * 64}",
        "Config": CONFIG,
        "HostConfig": HOST,
        "Mounts": [],
        "NetworkSettings": {"Networks": BRIDGE},
    }
    return found | {
        part: {**found[part], **changed} if isinstance(changed, dict) else changed
        for part, changed in fields.items()
    }


def service(**fields: Any) -> Service:
    read = adopted(container(**fields), {"Config": IMAGE})
    assert read.left_out == ()
    return read.service


def left_out(**fields: Any) -> tuple[str, ...]:
    return adopted(container(**fields), {"Config": IMAGE}).left_out


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
            {"Type": "volume", "Name": "data", "Destination": "/data", "RW": True},
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


UNSAID: dict[str, tuple[dict[str, Any], str]] = {
    "log": (
        {"HostConfig": {"LogConfig": {"Type": "syslog", "Config": {}}}},
        '--log-driver {"Type": "syslog", "Config": {}}',
    ),
    "links": ({"HostConfig": {"Links": ["/db:/web/db"]}}, '--link ["/db:/web/db"]'),
    "rm": ({"HostConfig": {"AutoRemove": True}}, "--rm true"),
    "later": ({"HostConfig": {"Novelty": 7}}, "Novelty 7"),
    "swap": ({"HostConfig": {"Memory": 5, "MemorySwap": 5}}, "--memory-swap 5"),
    "count": (
        {"HostConfig": {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}}},
        "--restart on-failure:3, of which the count",
    ),
    "paths": ({"HostConfig": {"MaskedPaths": []}}, "--security-opt systempaths=unconfined"),
    "tty": ({"Config": {"Tty": True}}, "--tty true"),
    "unset": ({"Config": {"Env": [*IMAGE["Env"], "GONE"]}}, "--env GONE, which has no value"),
    "start": (
        {"Config": {"Healthcheck": {**IMAGE["Healthcheck"], "StartInterval": 10**9}}},
        f"--health-start-interval {10**9}",
    ),
    "range": (
        {"HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "80-90"}]}}},
        "--publish 80-90:80/tcp",
    ),
    "tmpfs": (
        {"Mounts": [{"Type": "tmpfs", "Source": "", "Destination": "/run", "RW": True}]},
        "--mount type=tmpfs,target=/run",
    ),
    "relabelled": (
        {
            "Mounts": [
                {"Type": "bind", "Source": "/a", "Destination": "/a", "RW": False, "Mode": "ro,z"}
            ]
        },
        "--volume /a:ro,z",
    ),
    "shared": (
        {"Mounts": [{"Type": "bind", "Source": "/a", "Destination": "/a", "RW": True,
                     "Propagation": "rshared"}]},
        "--mount target=/a,bind-propagation=rshared",
    ),
    "mac": ({"Config": {"MacAddress": "02:42:00:00:00:09"}}, "--mac-address 02:42:00:00:00:09"),
    "both": (
        {"NetworkSettings": {"Networks": {**BRIDGE, "front": {}}}},
        "--network bridge, besides others",
    ),
    "driver": (
        {"NetworkSettings": {"Networks": {"front": {"DriverOpts": {"a": "b"}}}}},
        'DriverOpts {"a": "b"} in the network front',
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", UNSAID)
def test_what_a_service_can_not_say_is_told(what: str) -> None:
    fields, told = UNSAID[what]
    assert left_out(**fields) == (told,)


def test_one_in_the_network_of_another_is_told() -> None:
    networks: dict[str, Any] = {"NetworkSettings": {"Networks": {}}}
    [told] = left_out(HostConfig={"NetworkMode": f"container:{OTHERS}"}, **networks)
    assert "say network_mode: service:NAME" in told
    assert service(HostConfig={"NetworkMode": "host"}).network_mode == "host"


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
