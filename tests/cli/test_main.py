"""The program as a whole: its version, its help, its exit codes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.main import get_command

import longshore as package
from longshore.cli.main import COMMANDS, command
from tests.cli.program import WIDE, longshore, longshore_anew
from tests.depth import some


def commands() -> Iterator[list[str]]:
    """Every command there is, as the words that call it."""
    for name in COMMANDS:
        found = command(name)
        yield from ([name, *words] for words in below(found) if words != [name])
        if not hasattr(import_module(f"longshore.cli.{name}"), "app"):
            yield [name]


def below(group: typer.Typer) -> Iterator[list[str]]:
    """The commands of a group, and of the groups in it."""
    for each in group.registered_commands:
        if each.callback:
            yield [each.name or each.callback.__name__]
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        assert isinstance(inner.name, str)
        for words in below(inner.typer_instance):
            yield [inner.name, *words]


def test_the_version_is_the_packages() -> None:
    done = longshore_anew("--version")
    assert (done.returncode, done.stdout) == (0, f"longshore {package.__version__}\n")


def test_help_lists_every_command() -> None:
    told = longshore_anew("--help").stdout
    first_words = {words[0] for words in commands()}
    assert {word for word in first_words if word in told} == first_words


def test_help_says_of_each_command_what_its_module_says() -> None:
    for name, told in COMMANDS.items():
        found = get_command(command(name))
        assert (found.help or "").partition("\n\n")[0] == told, name


def test_help_imports_no_command() -> None:
    """All of them take longer to import than anybody waits for help."""
    code = (
        "import sys; from longshore.cli.main import app; app(['--help'], standalone_mode=False);"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(done.stdout.splitlines()[-1].split())
    assert "longshore.cli.main" in imported
    assert not {f"longshore.cli.{name}" for name in COMMANDS} & imported
    assert not {"pydantic", "httpx", "docker", "yaml", "granian", "sqlite3"} & imported


# One after the other in one process: most of what it takes to show one is to begin.
EACH_HELP = """
import json, sys
from longshore.cli.main import app
for words in json.load(sys.stdin):
    app([*words, "--help"], prog_name="longshore", standalone_mode=False)
    print(end="\\0")
"""


def test_help_has_an_example_and_fits_a_terminal_of_80_columns() -> None:
    there = [[], *commands()]
    done = subprocess.run(
        [sys.executable, "-c", EACH_HELP],
        input=json.dumps(there),
        capture_output=True,
        text=True,
        env=WIDE | {"COLUMNS": "80", "TERM": "dumb"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    *shown, rest = done.stdout.split("\0")
    assert rest == ""
    for words, told in zip(there, shown, strict=True):
        assert [line for line in told.splitlines() if len(line) > 80] == [], words
        assert "\x1b" not in told, words
        if words:
            assert f"Example: longshore {' '.join(words)}" in " ".join(told.split())


def test_help_of_a_command_is_no_failure() -> None:
    done = longshore("copy", "--help")
    assert (done.returncode, done.stderr) == (0, "")


# What others have made is there already for each command; of ours, what begins all of them.
EACH_ALONE = """
import os, pkgutil, sys
import longshore, typer.rich_utils
for module in pkgutil.walk_packages(longshore.__path__, "longshore."):
    if not module.name.endswith("__main__"):
        __import__(module.name)
for name in [name for name in sys.modules if name.partition(".")[0] == "longshore"]:
    del sys.modules[name]
from longshore.cli.main import main
for name in sys.argv[1:]:
    if os.fork() == 0:
        sys.argv[1:] = [name, "--help"]
        main()
    _, status = os.wait()
    print(f"{name} ended with", os.waitstatus_to_exitcode(status), flush=True)
"""


def test_a_command_imports_what_it_needs() -> None:
    tried = some(list(COMMANDS))
    words = [sys.executable, "-c", EACH_ALONE, *tried]
    done = subprocess.run(words, capture_output=True, text=True, env=WIDE, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    rest = done.stdout
    for name in tried:
        shown, ended, rest = rest.partition(f"{name} ended with 0\n")
        assert ended, f"{name}: {rest}"
        assert COMMANDS[name].split()[0] in shown, name


def test_only_the_program_itself_installs_completion() -> None:
    for name in COMMANDS:
        options = [each.opts[0] for each in get_command(command(name)).params]
        assert not [one for one in options if "completion" in one], name


def test_an_unknown_command_is_a_usage_error_on_standard_error() -> None:
    done = longshore("frobnicate")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "No such command 'frobnicate'" in done.stderr


def test_a_command_of_the_client_does_not_read_the_settings_of_a_server() -> None:
    """They take longer to import than a small image to copy."""
    code = (
        "import sys; from longshore.cli.main import command; command('copy'); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "longshore.cli.copy" in done.stdout.split()
    assert not {"pydantic", "httpx", "rich", "granian"} & set(done.stdout.split())


def test_what_is_typed_as_it_is_meant_needs_no_model() -> None:
    """Typer looks at every argument with pydantic otherwise, which takes longer to import."""
    words = ["copy", "/nowhere", "localhost:1/app", "--no-referrers", "--platform", "linux/arm64"]
    words += ["--jobs", "3", "--insecure", "registry.test", "--insecure", "localhost:1"]
    code = (
        "import sys; from longshore.cli.main import app\n"
        f"try: app({words!r}, standalone_mode=False)\n"
        "except FileNotFoundError: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert "longshore.client.session" in imported
    assert not {"pydantic", "httpcore", "rich", "click", "longshore.server.config"} & imported


@pytest.mark.parametrize("jobs", ["many", "0", "99"])
def test_a_number_that_is_typed_is_looked_at(jobs: str) -> None:
    done = longshore("copy", "./a", "localhost:1/app", "--jobs", jobs)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Invalid value for '--jobs'" in done.stderr


def test_what_can_not_be_written_is_told() -> None:
    """A program that ends without a look at what it had left to write says that all went well."""
    command = [sys.executable, "-m", "longshore", "--version"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode != 0
    assert b"No space left on device" in done.stderr
