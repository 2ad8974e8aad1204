"""The management API on the machine itself: who its owner is, and what is made when."""

import contextlib
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore.client.management import Management, of_application
from longshore.server import local
from longshore.server.config import Settings


@contextlib.contextmanager
def managing(root: Path, **settings: Any) -> Iterator[Management]:
    with (
        local.opened(Settings(root=root, **settings), may_make=True) as opened,
        contextlib.closing(of_application(opened.app)) as management,
    ):
        yield management


def test_the_owner_of_the_files_may_do_everything(tmp_path: Path) -> None:
    with managing(tmp_path / "data") as management:
        me = management.ask("GET", "/me")
    name = pwd.getpwuid(os.getuid()).pw_name
    assert (me["name"], me["kind"], me["identity"]) == ("local", "local", name)
    assert me["is_administrator"]


def test_a_user_without_a_name_is_known_by_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with managing(tmp_path / "data") as management:
        assert management.ask("GET", "/me")["identity"] == str(os.getuid())


def test_a_registry_is_made_only_where_that_is_meant(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path / "data")
    with pytest.raises(FileNotFoundError), local.opened(settings, may_make=False):
        pass
    assert not settings.root.exists()
    for is_new in (True, False):
        with local.opened(settings, may_make=True) as opened:
            assert opened.is_new is is_new


def test_who_may_not_write_is_told_before_anything_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(root=tmp_path / "data")
    with local.opened(settings, may_make=True):
        pass
    monkeypatch.setattr(os, "access", lambda *_: False)
    refused = pytest.raises(PermissionError, match="belongs to another user")
    with refused, local.opened(settings, may_make=False):
        pass


def test_an_htpasswd_file_that_is_bad_keeps_nobody_from_managing(tmp_path: Path) -> None:
    file = tmp_path / "htpasswd"
    file.write_text("nonsense\n")
    with managing(tmp_path / "data", htpasswd=file) as management:
        assert management.ask("GET", "/users") == {"users": [], "next": None}


def test_a_trust_is_for_the_address_that_the_settings_name(tmp_path: Path) -> None:
    trust = {"name": "ci", "issuer": "https://issuer.test", "claims": {"project": "acme/app"}}
    with managing(tmp_path / "a", external_url="https://registry.test") as management:
        assert management.ask("POST", "/trusts", trust)["audience"] == "https://registry.test"
    with managing(tmp_path / "b", listen="127.0.0.1:5055") as management:
        assert management.ask("POST", "/trusts", trust)["audience"] == "http://127.0.0.1:5055"


def test_a_fault_is_told_without_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("the cause")

    with managing(tmp_path / "data") as management:
        monkeypatch.setattr("longshore.registry.keys.list_all", fail)
        with pytest.raises(Exception, match="answers 500") as problem:
            management.ask("GET", "/keys")
    assert "the cause" not in str(problem.value)
    assert "the cause" in capfd.readouterr().err
