"""The settings of mail: which of them go together, and what is said of those that do not."""

from pathlib import Path
from typing import Any

import pytest

from longshore.server import wiring
from longshore.server.config import ConfigurationError, Settings
from tests.cli.program import longshore

SERVER = {"smtp_server": "mail.example.com:587", "smtp_from": "longshore@example.com"}
LOGIN = {"smtp_user": "longshore", "smtp_password_file": "password"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        SERVER,
        SERVER | LOGIN,
        SERVER | LOGIN | {"smtp_tls": "tls"},
        SERVER | {"smtp_tls": "none"},
        SERVER | LOGIN | {"smtp_server": "127.0.0.1:25", "smtp_tls": "none"},
        SERVER | LOGIN | {"smtp_server": "[::1]:25", "smtp_tls": "none"},
    ],
)
def test_what_goes_together_is_taken(given: dict[str, Any]) -> None:
    wiring.notifier(Settings.model_validate(given))


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"smtp_server": "mail.example.com:587"}, "smtp_from"),
        (SERVER | {"smtp_user": "longshore"}, "smtp_password_file"),
        (SERVER | LOGIN | {"smtp_tls": "none"}, "through TLS only"),
    ],
)
def test_what_does_not_is_refused(given: dict[str, Any], missing: str) -> None:
    with pytest.raises(ConfigurationError, match=missing):
        wiring.notifier(Settings.model_validate(given))


def test_a_server_with_such_settings_does_not_start(tmp_path: Path) -> None:
    root = tmp_path / "data"
    done = longshore("serve", "--root", str(root), "--smtp-server", "mail.example.com:587")
    assert done.returncode == 2
    assert "smtp_server needs smtp_from" in done.stderr
    assert not root.exists()


@pytest.mark.parametrize(
    "given", ["a@b\nBcc: c@d", "a <a@b.example>", "nobody", "a@b.example, c@d.example"]
)
def test_who_mail_is_from_is_one_address(given: str) -> None:
    with pytest.raises(ValueError, match="smtp_from"):
        Settings.model_validate({"smtp_from": given})
