"""Which registry is managed: a folder beside its running server, or the server from elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from longshore.cli import registries
from longshore.cli.registries import Registry
from longshore.client.errors import Unreachable
from longshore.server import wiring
from longshore.server.config import Configuration, Settings
from tests.cli.managed import PASSWORD, Elsewhere, Folder, Typing
from tests.cli.program import longshore
from tests.serving import HOST, Server, free_port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "data", options=["--workers", "2"]) as server:
        yield server


@pytest.fixture
def folder(server: Server) -> Folder:
    return Folder(server.root)


@pytest.fixture
def elsewhere(server: Server, folder: Folder) -> Elsewhere:
    folder.add_user("alice")
    secret = folder.json("robot", "add", "boss", "--grant", "**:admin")["secret"]
    return Elsewhere(server.url, secret)


def asked(server: Server, name: str | None = None) -> set[int]:
    """What `/v2/` answers, at whichever worker; so seldom that no login has to wait."""
    auth = (name, PASSWORD) if name else None
    return {httpx.get(f"{server.url}/v2/", auth=auth).status_code for _ in range(2)}


def test_a_running_server_sees_what_was_done_with_its_next_request(
    server: Server, folder: Folder
) -> None:
    assert asked(server) == {200}
    folder.add_user("alice")
    assert asked(server) == {401}
    assert asked(server, "alice") == {200}
    folder.do("user", "disable", "alice")
    assert asked(server, "alice") == {401}
    folder.do("user", "enable", "alice")
    assert asked(server, "alice") == {200}
    folder.do("user", "remove", "alice")
    assert asked(server, "alice") == {401}


def test_a_server_is_managed_as_a_folder_is(elsewhere: Elsewhere, folder: Folder) -> None:
    assert elsewhere.add_user("bob")["name"] == "bob"
    secret = elsewhere.do("robot", "add", "ci", "--expires", "1d").strip()
    assert secret.startswith("lsr_")
    elsewhere.do("group", "add", "developers", "bob")
    elsewhere.do("grant", "add", "@developers", "team/**", "push")
    elsewhere.do("key", "rotate")
    for words in (("user", "list"), ("grant", "list"), ("group", "list"), ("key", "list")):
        assert elsewhere.json(*words) == folder.json(*words)
        assert elsewhere.do(*words) == folder.do(*words)
    [entry] = elsewhere.do("audit", "tail", "--action", "user.add", "-n", "1").splitlines()
    assert "boss user.add bob" in entry


def test_what_the_caller_may_not_has_an_exit_code_of_its_own(
    elsewhere: Elsewhere, server: Server
) -> None:
    secret = elsewhere.do("robot", "add", "ci").strip()
    done = Elsewhere(server.url, secret).run("user", "list")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "longshore: that is for administrators of the registry\n"


def test_a_secret_that_is_wrong_is_a_failure(server: Server, folder: Folder) -> None:
    folder.add_user("alice")
    done = Elsewhere(server.url, "lsr_wrong").run("user", "list")
    assert (done.returncode, done.stdout) == (1, "")


def test_the_first_account_is_not_made_from_elsewhere(server: Server) -> None:
    done = Elsewhere(server.url, "lsr_any").run(
        "user", "add", "alice", "--password-stdin", given=PASSWORD
    )
    assert done.returncode == 3
    assert "on its machine, type `longshore user add NAME --admin`" in done.stderr
    assert asked(server) == {200}


def test_somebody_without_a_secret_is_asked_who_it_is(server: Server, folder: Folder) -> None:
    folder.add_user("alice", "--admin")
    typing = Typing("user", "list", "--server", server.url)
    typing.answer(f"User of {server.url}: ", "alice")
    typing.answer("Password: ", PASSWORD)
    assert typing.end() == 0
    assert "**:admin" in typing.seen
    done = longshore("user", "list", "--server", server.url)
    assert done.returncode == 2
    assert "LONGSHORE_TOKEN" in done.stderr


def test_people_change_their_own_password_at_a_server(server: Server, folder: Folder) -> None:
    folder.add_user("alice")
    typing = Typing("user", "passwd", "--server", server.url)
    typing.answer("Old password: ", PASSWORD)
    typing.answer("Password: ", "another one")
    typing.answer("Repeat for confirmation: ", "another one")
    typing.answer(f"User of {server.url}: ", "alice")
    typing.answer("Password: ", PASSWORD)
    assert typing.end() == 0
    assert "The password is changed." in typing.seen
    assert asked(server, "alice") == {401}


def test_a_build_names_server_and_secret_once_for_all_commands(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    host = elsewhere.url.removeprefix("http://")
    build = {"LONGSHORE_SERVER": host, "LONGSHORE_TOKEN": elsewhere.secret, "HOME": str(tmp_path)}
    for words in (("status",), ("ls",), ("user", "list")):
        assert longshore(*words, **build).returncode == 0
    done = longshore("history", "team/app", **build)
    assert done.stderr == "longshore: there is no repository team/app, and no history of one\n"


def test_docker_s_login_is_good_for_all_commands(
    server: Server, folder: Folder, tmp_path: Path
) -> None:
    folder.add_user("alice", "--admin")
    environ = {"HOME": str(tmp_path), "LONGSHORE_SERVER": server.host}
    words = ("login", server.host, "--username", "alice", "--password-stdin")
    assert longshore(*words, given=PASSWORD, **environ).returncode == 0
    assert "alice" in longshore("user", "list", **environ).stdout


def test_anybody_may_look_at_the_environments_of_an_open_registry(
    server: Server, folder: Folder
) -> None:
    folder.do("env", "create", "staging", "--image", "team/app")
    environ = {"LONGSHORE_SERVER": server.host}
    assert "team/app" in longshore("status", **environ).stdout
    done = longshore("env", "remove", "staging", **environ)
    assert done.returncode == 3
    assert "only who owns its folder may do that" in done.stderr


def configuration(root: Path | None = None, origin: str = "--root") -> Configuration:
    """As it is with this folder, and with none."""
    settings = Settings(root=root) if root else Settings()
    return Configuration(settings, {"root": origin} if root else {})


def test_every_command_finds_its_registry_by_one_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LONGSHORE_SERVER", raising=False)
    folder = tmp_path / "elsewhere"
    assert Registry(configuration(), None).is_elsewhere  # localhost:5000
    wiring.prepare(Settings())
    assert not Registry(configuration(), None).is_elsewhere  # ./data
    monkeypatch.setenv("LONGSHORE_SERVER", "registry.test")
    assert Registry(configuration(), None).is_elsewhere
    for origin in ("--root", "LONGSHORE_ROOT", "root in /etc/longshore.toml"):
        assert not Registry(configuration(folder, origin), None).is_elsewhere
    assert Registry(configuration(folder, "LONGSHORE_ROOT"), "https://other.test").is_elsewhere


def test_who_named_no_registry_is_told_which_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LONGSHORE_SERVER", raising=False)
    monkeypatch.setattr(registries, "HOME", f"{HOST}:{free_port()}")
    with pytest.raises(Unreachable, match="There is no registry in data, so") as problem:
        Registry(configuration(), None).ask("GET", "/environments")
    assert "--root, --server or LONGSHORE_SERVER" in str(problem.value)


@pytest.mark.parametrize("url", ["http://registry.test", "registry.test", "ftp://127.0.0.1", ""])
def test_a_secret_does_not_go_over_a_network_in_the_clear(url: str) -> None:
    done = longshore("user", "list", "--server", url, LONGSHORE_TOKEN="lsr_x")
    assert done.returncode == 2
    assert "write https://HOST" in done.stderr


def test_a_folder_and_a_server_exclude_each_other(tmp_path: Path) -> None:
    done = longshore("user", "list", "--server", "https://registry.test", "--root", str(tmp_path))
    assert done.returncode == 2
    assert "exclude each other" in done.stderr


def test_a_server_that_is_not_there_is_told_with_its_address() -> None:
    url = f"http://{HOST}:{free_port()}"
    done = longshore("user", "list", "--server", url, LONGSHORE_TOKEN="lsr_x")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"longshore: {url}")
    assert len(done.stderr.splitlines()) == 1


def test_the_variable_with_the_secret_is_no_setting() -> None:
    done = longshore("config", "show", LONGSHORE_TOKEN="lsr_x")
    assert done.returncode == 0
    assert "lsr_x" not in done.stdout
