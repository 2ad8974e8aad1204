"""The program as a whole: its version, its help, its exit codes."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

import longshore as package
from longshore.cli.main import COMMANDS, command
from tests.cli.program import longshore


def commands() -> Iterator[list[str]]:
    """Every command there is, as the words that call it."""
    for name in COMMANDS:
        found = command(name).registered_commands
        callbacks = {each.name or each.callback.__name__ for each in found if each.callback}
        yield from ([name] if callbacks == {name} else [name, one] for one in sorted(callbacks))


def test_the_version_is_the_packages() -> None:
    done = longshore("--version")
    assert (done.returncode, done.stdout) == (0, f"longshore {package.__version__}\n")


def test_help_lists_every_command() -> None:
    told = longshore("--help").stdout
    first_words = {words[0] for words in commands()}
    assert {word for word in first_words if word in told} == first_words


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(words: list[str]) -> None:
    done = longshore(*words, "--help")
    assert done.returncode == 0
    assert f"Example: longshore {' '.join(words)}" in done.stdout


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
