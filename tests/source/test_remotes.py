"""Addresses of remotes: for browsers, without secrets, and as names of images."""

import pytest

from longshore.oci.names import RepositoryName
from longshore.source.remotes import browser_address, repository_name


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://example.com/acme/app.git", "https://example.com/acme/app"),
        ("https://example.com/acme/app/", "https://example.com/acme/app"),
        ("https://user:secret@example.com/acme/app.git", "https://example.com/acme/app"),
        ("https://token@example.com:8443/acme/app", "https://example.com:8443/acme/app"),
        ("http://git.local:3000/acme/app.git", "http://git.local:3000/acme/app"),
        ("ssh://git@example.com:2222/acme/app.git", "https://example.com/acme/app"),
        ("git+ssh://git@example.com/acme/app", "https://example.com/acme/app"),
        ("git@example.com:acme/app.git", "https://example.com/acme/app"),
        ("example.com:acme/app", "https://example.com/acme/app"),
        ("/srv/git/app.git", ""),
        ("../app", ""),
        ("file:///srv/git/app.git", ""),
        ("", ""),
    ],
)
def test_the_address_for_a_browser(remote: str, address: str) -> None:
    assert browser_address(remote) == address


@pytest.mark.parametrize(
    ("remote", "name"),
    [
        ("https://example.com/acme/app.git", "app"),
        ("git@example.com:App.git", "app"),
        ("/srv/git/My App_2.git", "my-app-2"),
        ("", "folder"),
        ("https://example.com/acme/été", "t"),
    ],
)
def test_the_name_of_an_image(remote: str, name: str) -> None:
    assert repository_name(remote, "folder") == name
    assert RepositoryName.parse(name)
    assert repository_name("", "日本") == "app"
