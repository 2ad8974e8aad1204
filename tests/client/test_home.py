"""The registry that a team has, by its variables."""

import pytest

from longshore.client import credentials, home

REGISTRY = "registry.example.com"


@pytest.mark.parametrize(
    ("server", "host", "url"),
    [
        ("", "localhost:5000", "http://localhost:5000"),
        (REGISTRY, REGISTRY, f"https://{REGISTRY}"),
        (f"https://{REGISTRY}/", REGISTRY, f"https://{REGISTRY}"),
        (f"{REGISTRY}:8443", f"{REGISTRY}:8443", f"https://{REGISTRY}:8443"),
        ("127.0.0.1:5001", "127.0.0.1:5001", "http://127.0.0.1:5001"),
        ("http://localhost:5001", "localhost:5001", "http://localhost:5001"),
        ("registry", "registry:443", "https://registry:443"),
        ("http://registry", "registry:80", "http://registry"),
    ],
)
def test_a_host_or_an_address_says_where_it_is(server: str, host: str, url: str) -> None:
    environ = {"LONGSHORE_SERVER": server}
    assert (home.host(environ), home.url(environ)) == (host, url)


@pytest.mark.parametrize("server", [f"https://{REGISTRY}/v2", "a b", "team/app", "https://"])
def test_what_is_no_host_is_refused_with_the_variable(server: str) -> None:
    with pytest.raises(ValueError, match="LONGSHORE_SERVER is a host or an address"):
        home.host({"LONGSHORE_SERVER": server})


def test_its_secret_is_for_the_registry_that_is_named_and_no_other() -> None:
    named = {"LONGSHORE_SERVER": REGISTRY, "LONGSHORE_TOKEN": "lsr_x", "HOME": "/nowhere"}
    login = credentials.find(REGISTRY, "team/app", named)
    assert login is not None
    assert (login.username, login.password) == ("", "lsr_x")
    assert credentials.find("docker.io", "team/app", named) is None
    assert credentials.find("localhost:5000", "", {**named, "LONGSHORE_SERVER": ""}) is None
    assert credentials.find(REGISTRY, "", {**named, "LONGSHORE_SERVER": "a b"}) is None
