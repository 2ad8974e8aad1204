"""What a container holds of its host: how it is written, and what only one can hold."""

import pytest

from longshore.delivery.rollouts.resources import Network, Port, Volume


@pytest.mark.parametrize(
    ("text", "port", "spelled"),
    [
        ("80", Port(80), ":80/tcp"),
        ("8080:80", Port(80, 8080), "8080:80/tcp"),
        ("53:53/udp", Port(53, 53, "udp"), "53:53/udp"),
        ("127.0.0.1:8080:80", Port(80, 8080, address="127.0.0.1"), "127.0.0.1:8080:80/tcp"),
        ("127.0.0.1::80", Port(80, address="127.0.0.1"), "127.0.0.1::80/tcp"),
        ("[::1]:8080:80", Port(80, 8080, address="::1"), "[::1]:8080:80/tcp"),
    ],
)
def test_ports(text: str, port: Port, spelled: str) -> None:
    assert Port.parse(text) == port
    assert str(port) == spelled


@pytest.mark.parametrize(
    "text", ["", "http", "0", "70000", "99999:80", "80/http", "host:80:80", "1.2.3:80:80", "1-3:1"]
)
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"port|address"):
        Port.parse(text)


@pytest.mark.parametrize(
    ("text", "volume"),
    [
        ("/cache", Volume("/cache")),
        ("data:/var/lib", Volume("/var/lib", "data")),
        ("data:/var/lib:rw", Volume("/var/lib", "data")),
        ("/srv/conf:/etc/conf:ro", Volume("/etc/conf", "/srv/conf", "bind", is_read_only=True)),
    ],
)
def test_volumes(text: str, volume: Volume) -> None:
    assert Volume.parse(text) == volume


@pytest.mark.parametrize(
    "text", ["", "data", "data:lib", "./conf:/etc", "~/x:/x", "a b:/x", "a:/b:/c", ":/x", "ro"]
)
def test_what_is_no_volume_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"volume|path"):
        Volume.parse(text)


def test_memory_has_no_source() -> None:
    with pytest.raises(ValueError, match="no source"):
        Volume("/run", "data", "tmpfs")


def test_data_bears_one_writer_unless_it_is_said() -> None:
    exclusive = [
        Volume("/a"),
        Volume("/a", "data"),
        Volume("/a", "/data", "bind"),
    ]
    free = [
        Volume("/a", "data", is_read_only=True),
        Volume("/a", "data", is_shared=True),
        Volume("/a", kind="tmpfs"),
    ]
    assert all(volume.is_exclusive for volume in exclusive)
    assert not any(volume.is_exclusive for volume in free)


def test_an_address_of_its_own_is_one_containers() -> None:
    assert not Network("front", aliases=("web",)).is_exclusive
    assert Network("front", ipv4_address="10.1.0.9").is_exclusive
    assert Network("front", ipv6_address="fd00::9").is_exclusive
    assert Network("front", mac_address="02:42:00:00:00:09").is_exclusive


@pytest.mark.parametrize(
    ("name", "alias", "address"),
    [("host", "web", ""), ("a b", "web", ""), ("front", "-web", ""), ("front", "web", "10.1.0")],
)
def test_what_is_no_place_in_a_network_is_refused(name: str, alias: str, address: str) -> None:
    with pytest.raises(ValueError, match=r"name|address"):
        Network(name, (alias,), address)
