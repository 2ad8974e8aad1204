"""An open registry: on loopback without a word, elsewhere only if that is asked for."""

from pathlib import Path

import httpx
import pytest

from longshore.server.config import ConfigurationError, Settings
from longshore.server.exposure import OPEN, is_open
from tests.cli.program import longshore
from tests.serving import Server

LOOPBACK = ("127.0.0.1", "127.9.9.9", "::1")
OTHERS = ("0.0.0.0", "::", "10.0.0.7", "fe80::1")  # noqa: S104  nothing listens there


@pytest.mark.parametrize("anonymous", ["auto", "open"])
@pytest.mark.parametrize("host", LOOPBACK)
def test_on_loopback_anybody_may_do_everything(host: str, anonymous: str) -> None:
    assert is_open(Settings(anonymous=anonymous), host, is_secured=False)


@pytest.mark.parametrize("host", OTHERS)
def test_elsewhere_it_has_to_be_asked_for(host: str) -> None:
    assert is_open(Settings(anonymous="open"), host, is_secured=False)
    with pytest.raises(ConfigurationError) as refused:
        is_open(Settings(), host, is_secured=False)
    for way_out in ("127.0.0.1", "`longshore user add NAME`", "`--anonymous open`"):
        assert way_out in str(refused.value)


@pytest.mark.parametrize("host", [*LOOPBACK, *OTHERS])
def test_closed_is_closed_and_so_is_one_with_accounts(host: str) -> None:
    assert not is_open(Settings(anonymous="closed"), host, is_secured=False)
    for anonymous in ("auto", "open", "closed"):
        assert not is_open(Settings(anonymous=anonymous), host, is_secured=True)


def test_a_server_on_a_network_does_not_start_by_itself(tmp_path: Path) -> None:
    done = longshore("serve", "--root", str(tmp_path / "data"), "--listen", "0.0.0.0:5999")
    assert done.returncode == 2
    assert done.stderr.startswith("longshore: 0.0.0.0:5999 can be reached from elsewhere, and ")


def test_an_open_server_says_so_in_its_log_and_on_its_page(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        assert [line for line in server.tail().splitlines() if OPEN in line and "warning" in line]
        assert "longshore user add" in httpx.get(server.url).text
    with Server(tmp_path / "data", options=["--anonymous", "closed"]) as server:
        assert "longshore user add" not in httpx.get(server.url).text
