"""`longshore serve`, as a user starts, stops and fails to start it."""

import socket
from pathlib import Path

import httpx
import pytest

from tests.cli.program import longshore
from tests.serving import HOST, Server


@pytest.mark.parametrize("anew", [True, False], ids=["anew", "forked"])
def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, *, anew: bool) -> None:
    """A forked process of the tests is as one that somebody starts."""
    server = Server(tmp_path / "data", anew=anew).start()
    assert httpx.get(f"{server.url}/v2/").status_code == 200
    assert server.stop() == 0
    events = server.tail()
    assert '"serving"' in events
    assert '"stopped"' in events


def test_settings_reach_the_server(tmp_path: Path) -> None:
    file = tmp_path / "longshore.toml"
    file.write_text('page_limit = 1\nlog_format = "console"\n')
    with Server(tmp_path / "data", options=["--config", str(file)]) as server:
        assert httpx.get(f"{server.url}/v2/_catalog").is_success
        assert "serving" in server.tail()
        assert '"event"' not in server.tail()


def test_an_address_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        address = f"{HOST}:{taken.getsockname()[1]}"
        done = longshore("serve", "--root", str(tmp_path), "--listen", address)
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(told) == 1
    assert told[0].startswith(f"longshore: {address}: Address already in use: choose another with")


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = longshore("serve", "--root", str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert done.stderr == f"longshore: {tmp_path}/file/data: Not a directory\n"
