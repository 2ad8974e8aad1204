"""What a container has that no service can say."""

from typing import Any

import pytest

from longshore.engine.adoption import adopted
from tests.engine.described import BRIDGE, IMAGE, OTHERS, container


def left_out(**fields: Any) -> tuple[str, ...]:
    return adopted(container(**fields), {"Config": IMAGE}).left_out


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
