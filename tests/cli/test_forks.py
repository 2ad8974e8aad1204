"""A call in a process that was forked ends and says what one from the first import on does."""

import pytest

from tests.cli.program import longshore, longshore_anew

CALLS = {
    "what it can": ["--help"],
    "what it prints": ["config", "show"],
    "what cannot be done": ["inspect", "./nowhere"],
    "what was asked for wrongly": ["frobnicate"],
    "what an option cannot be": ["copy", "./a", "localhost:1/app", "--jobs", "many"],
}


@pytest.mark.parametrize("words", CALLS.values(), ids=list(CALLS))
def test_a_forked_process_is_as_any_other(words: list[str]) -> None:
    forked, other = longshore(*words), longshore_anew(*words)
    assert (forked.returncode, forked.stdout, forked.stderr) == (
        other.returncode,
        other.stdout,
        other.stderr,
    )
