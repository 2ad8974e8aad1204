"""The program as a whole: its version, its help, its exit codes."""

from collections.abc import Iterator

import pytest
import typer

import longshore as package
from longshore.cli.main import app
from tests.cli.program import longshore


def commands(group: typer.Typer, *prefix: str) -> Iterator[list[str]]:
    """Every command there is, as the words that call it."""
    for command in group.registered_commands:
        assert command.callback is not None
        yield [*prefix, command.name or command.callback.__name__]
    for nested in group.registered_groups:
        assert nested.typer_instance is not None
        assert nested.name is not None
        yield from commands(nested.typer_instance, *prefix, nested.name)


def test_the_version_is_the_packages() -> None:
    done = longshore("--version")
    assert (done.returncode, done.stdout) == (0, f"longshore {package.__version__}\n")


def test_help_lists_every_command() -> None:
    told = longshore("--help").stdout
    first_words = {words[0] for words in commands(app)}
    assert {word for word in first_words if word in told} == first_words


@pytest.mark.parametrize("words", list(commands(app)), ids=" ".join)
def test_every_command_has_help_with_an_example(words: list[str]) -> None:
    done = longshore(*words, "--help")
    assert done.returncode == 0
    assert f"Example: longshore {' '.join(words)}" in done.stdout


def test_an_unknown_command_is_a_usage_error_on_standard_error() -> None:
    done = longshore("frobnicate")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "No such command 'frobnicate'" in done.stderr
