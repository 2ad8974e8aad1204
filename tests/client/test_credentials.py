"""Logins: which file, which entry, which program; and how they are written."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from longshore.client import credentials, logins
from longshore.client.credential_helpers import Kept
from longshore.client.credentials import Login
from longshore.client.errors import CredentialsError

HUB = "https://index.docker.io/v1/"

HELPER = """\
#!/bin/sh
# keeps one login in a file beside it
server=$(cat)
case $1 in
get)
  grep -q "\\"ServerURL\\":\\"$server\\"" "$0.kept" 2>/dev/null && exec cat "$0.kept"
  echo "credentials not found in native keychain"; exit 1 ;;
store) printf %s "$server" > "$0.kept" ;;
erase) rm -f "$0.kept" ;;
esac
"""

Install = Callable[[str, str], Path]


def auth(username: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}


def write(path: Path, content: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return what puts a credential helper on the path."""
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")

    def put(name: str, script: str) -> Path:
        program = tmp_path / "bin" / f"docker-credential-{name}"
        program.parent.mkdir(exist_ok=True)
        program.write_text(script)
        program.chmod(0o755)
        return program

    return put


def test_files_are_looked_at_in_order(tmp_path: Path) -> None:
    docker = write(tmp_path / ".docker/config.json", {"auths": {"a.test": auth("docker", "1")}})
    named = write(
        tmp_path / "named.json", {"auths": {h: auth("named", "2") for h in ("a.test", "b.test")}}
    )
    podman = write(
        tmp_path / "run/containers/auth.json",
        {"auths": {h: auth("podman", "3") for h in ("a.test", "b.test", "c.test")}},
    )
    environ = {
        "HOME": str(tmp_path),
        "REGISTRY_AUTH_FILE": str(named),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
    }
    assert list(credentials.files(environ)) == [docker, named, podman]
    found = [credentials.find(f"{host}.test", "app", environ) for host in "abcd"]
    assert found == [Login("docker", "1"), Login("named", "2"), Login("podman", "3"), None]
    elsewhere = environ | {"DOCKER_CONFIG": str(tmp_path / "elsewhere")}
    assert credentials.find("a.test", "app", elsewhere) == Login("named", "2")


@pytest.mark.parametrize(
    ("repository", "user"),
    [
        ("team/app/web", "app"),
        ("team/app", "app"),
        ("team/apple", "team"),
        ("team", "team"),
        ("teams/app", "host"),
    ],
)
def test_the_longest_prefix_counts(tmp_path: Path, repository: str, user: str) -> None:
    auths = {"h.test": auth("host", ""), "h.test/team": auth("team", "")}
    auths["h.test/team/app"] = auth("app", "")
    environ = {"REGISTRY_AUTH_FILE": str(write(tmp_path / "auth.json", {"auths": auths}))}
    environ["HOME"] = str(tmp_path)
    assert credentials.find("h.test", repository, environ) == Login(user, "")


@pytest.mark.parametrize(
    ("key", "host"),
    [
        (HUB, "docker.io"),
        ("docker.io", "docker.io"),
        ("h.test:5000", "h.test:5000"),
        ("https://h.test", "h.test"),
        ("https://h.test/v1/", "h.test"),
    ],
)
def test_names_under_which_a_login_is_kept(tmp_path: Path, key: str, host: str) -> None:
    write(tmp_path / "config.json", {"auths": {key: auth("ada", "p:w")}})
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    assert credentials.find(host, "library/app", environ) == Login("ada", "p:w")


def test_an_entry_without_a_login_is_none(tmp_path: Path) -> None:
    write(tmp_path / "config.json", {"auths": {"h.test": {}, "i.test": {"email": "a@b"}}})
    for host in ("h.test", "i.test"):
        assert credentials.find(host, "app", {"DOCKER_CONFIG": str(tmp_path)}) is None


def test_helpers_go_before_entries(tmp_path: Path, install: Install) -> None:
    for name in ("store", "special"):
        kept = json.dumps({"ServerURL": "h.test", "Username": name, "Secret": "s"})
        install(name, f"#!/bin/sh\necho '{kept}'")
    config = {
        "auths": {"h.test": auth("file", "")},
        "credsStore": "store",
        "credHelpers": {"special.test": "special"},
    }
    write(tmp_path / "config.json", config)
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    assert credentials.find("special.test", "app", environ) == Login("special", "s")
    assert credentials.find("h.test", "app", environ) == Login("store", "s")


def test_a_helper_that_knows_nothing_leaves_it_to_the_file(
    tmp_path: Path, install: Install
) -> None:
    install("store", HELPER)
    write(
        tmp_path / "config.json",
        {"auths": {"h.test": auth("file", "")}, "credsStore": "store"},
    )
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    assert credentials.find("h.test", "app", environ) == Login("file", "")


def test_a_helper_may_keep_an_identity_token(tmp_path: Path, install: Install) -> None:
    install("store", '#!/bin/sh\necho \'{"Username":"<token>","Secret":"t"}\'')
    write(tmp_path / "config.json", {"credsStore": "store"})
    found = credentials.find("h.test", "app", {"DOCKER_CONFIG": str(tmp_path)})
    assert found == Login("", identity_token="t")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (None, "docker-credential-vault is not on the PATH"),
        ("#!/bin/sh\necho locked >&2; exit 1", "docker-credential-vault .* h.test: locked"),
        ("#!/bin/sh\necho nonsense", "docker-credential-vault answers something else"),
    ],
)
def test_a_helper_that_fails_is_named(
    script: str | None, told: str, tmp_path: Path, install: Install
) -> None:
    if script:
        install("vault", script)
    write(tmp_path / "config.json", {"credHelpers": {"h.test": "vault"}})
    with pytest.raises(CredentialsError, match=told):
        credentials.find("h.test", "app", {"DOCKER_CONFIG": str(tmp_path)})


@pytest.mark.parametrize("content", ["{", "[]", '{"auths": {"h.test": {"auth": "%%%"}}}'])
def test_a_broken_file_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(CredentialsError, match=r"config\.json"):
        credentials.find("h.test", "app", {"DOCKER_CONFIG": str(tmp_path)})


def test_secrets_are_not_shown() -> None:
    shown = f"{Login('ada', 'secret', 'secret')!r} {Kept('ada', 'secret')!r}"
    shown += repr(credentials.Entry(password="secret")) + repr(credentials.ConfigFile())
    assert "ada" in shown
    assert "secret" not in shown


@pytest.mark.parametrize("login", [Login("ada", "p:w"), Login("", identity_token="t")])
@pytest.mark.parametrize("host", ["h.test:5000", "docker.io"])
def test_a_login_that_is_kept_is_found_until_it_is_forgotten(
    host: str, login: Login, tmp_path: Path
) -> None:
    environ = {"DOCKER_CONFIG": str(tmp_path / "new")}
    path = tmp_path / "new" / "config.json"
    assert logins.keep(host, login, environ) == str(path)
    assert credentials.find(host, "library/app", environ) == login
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert logins.forget(host, environ)
    assert credentials.find(host, "library/app", environ) is None
    assert not logins.forget(host, environ)


def test_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    config = {"HttpHeaders": {"X": "ü"}, "auths": {"a.test": auth("a", "b")}, "detachKeys": "x"}
    real = write(tmp_path / "real.json", config)
    (tmp_path / "config.json").symlink_to(real)
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    logins.keep("docker.io", Login("ada", "pw"), environ)
    kept = json.loads(real.read_text())
    assert kept.pop("auths") == {"a.test": auth("a", "b"), HUB: auth("ada", "pw")}
    assert kept == {"HttpHeaders": {"X": "ü"}, "detachKeys": "x"}
    assert (tmp_path / "config.json").is_symlink()


def test_a_helper_keeps_the_login_where_there_is_one(tmp_path: Path, install: Install) -> None:
    program = install("store", HELPER)
    write(tmp_path / "config.json", {"credsStore": "store"})
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    assert logins.keep("docker.io", Login("ada", "pw"), environ) == program.name
    assert json.loads((tmp_path / "config.json").read_text())["auths"] == {HUB: {}}
    assert credentials.find("docker.io", "library/app", environ) == Login("ada", "pw")
    assert logins.forget("docker.io", environ)
    assert credentials.find("docker.io", "library/app", environ) is None


def test_a_file_that_is_not_understood_is_not_replaced(tmp_path: Path) -> None:
    for content in ("{", "[]"):
        (tmp_path / "config.json").write_text(content)
        with pytest.raises(CredentialsError, match=r"config\.json"):
            logins.keep("h.test", Login("a", "b"), {"DOCKER_CONFIG": str(tmp_path)})
        assert (tmp_path / "config.json").read_text() == content
