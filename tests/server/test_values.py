"""Quantities, addresses, networks and URLs: how they are written, and what is refused."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.server.config import Settings
from longshore.server.values import BYTES, SECONDS, Address, BaseURL, Networks, Quantity


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90", 90), ("90s", 90), ("15m", 900), ("24h", 86400), ("7d", 604800), (90, 90), ("0", 0)],
)
def test_durations(written: str | int, seconds: int) -> None:
    assert Settings.model_validate({"gc_grace": written}).gc_grace == seconds
    assert SECONDS.parse(written) == seconds


@pytest.mark.parametrize(("written", "size"), [("0", 0), ("1KiB", 1024), ("2 GiB", 2 << 30)])
def test_sizes(written: str, size: int) -> None:
    assert BYTES.parse(written) == size


@pytest.mark.parametrize(
    "written", ["", "-1", "1.5h", "1e3", "h", "1 parsec", "1MB", "٣", "9" * 99]
)
def test_quantities_that_are_refused(written: str) -> None:
    for quantity in (SECONDS, BYTES):
        with pytest.raises(ValueError, match="write whole"):
            quantity.parse(written)


@given(st.sampled_from([SECONDS, BYTES]), st.integers(0, 10**14))
def test_a_rendered_quantity_reads_as_itself(quantity: Quantity, value: int) -> None:
    assert quantity.parse(quantity.render(value)) == value


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("127.0.0.1:5000", "127.0.0.1", 5000),
        ("[::1]:80", "::1", 80),
        ("registry.local:65535", "registry.local", 65535),
    ],
)
def test_addresses(written: str, host: str, port: int) -> None:
    address = Address.parse(written)
    assert (address.host, address.port) == (host, port)
    assert str(address) == written


@pytest.mark.parametrize(
    "written", ["", "5000", ":5000", "host:", "host:0", "host:65536", "::1:80"]
)
def test_addresses_that_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        Address.parse(written)


@pytest.mark.parametrize(
    "written",
    [
        "127.0.0.1, 10.0.0.0/8,fd00::/8",
        "127.0.0.1/32,10.0.0.0/8,fd00::/8",
        ["127.0.0.1", "10.0.0.0/8", "fd00::/8"],
    ],
)
def test_networks(written: object) -> None:
    networks = Networks.parse(written)
    assert networks.written() == ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]
    assert ipaddress.ip_address("10.9.9.9") in networks[1]
    assert Networks.parse(networks) == networks


@pytest.mark.parametrize(
    "written", ["", "10.0.0.1/8", "10.0.0.0/33", "proxy", "unix", ["10.0.0.1,"], 7]
)
def test_networks_that_are_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"write addresses or networks, such as 10\.0\.0\.0/8: "):
        Networks.parse(written)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://registry.example.com", "https://registry.example.com"),
        ("https://registry.example.com:8443/", "https://registry.example.com:8443"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_base_urls(written: str, url: str) -> None:
    assert BaseURL.parse(written) == url


@pytest.mark.parametrize(
    "written",
    [
        "",
        "registry.example.com",
        "ftp://registry.example.com",
        "https://",
        "https://registry.example.com/v2",
        "https://user@registry.example.com",
        "https://registry.example.com:0",
        "https://registry.example.com?a",
    ],
)
def test_base_urls_that_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match="write https://HOST"):
        BaseURL.parse(written)
