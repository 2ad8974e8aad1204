"""Lines on their way: sealed to one reader, bound to their place, and never too many bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.client.errors import UnexpectedReply
from longshore.client.logs import SEAL, Line, Reader, Told, seal

HERE = "staging/web-1"
LINES = st.builds(Line, st.integers(0, 2**62), st.text(max_size=5), st.text(max_size=40))
TOLD = st.builds(Told, st.lists(LINES).map(tuple), st.integers(0, 2**62), st.booleans())


@given(TOLD)
def test_the_reader_opens_what_was_sealed_to_it(told: Told) -> None:
    reader = Reader()
    assert reader.open(seal(told, reader.key, HERE, 1 << 20), HERE) == told


@given(TOLD, st.integers(200, 600))
def test_what_is_too_much_keeps_its_last_lines(told: Told, most: int) -> None:
    reader = Reader()
    sealed = seal(told, reader.key, HERE, most)
    assert len(sealed) <= most
    opened = reader.open(sealed, HERE)
    kept = len(opened.lines)
    assert opened.lines == told.lines[len(told.lines) - kept :]
    assert opened.cursor == told.cursor
    assert opened.is_cut is (told.is_cut or kept < len(told.lines))


def test_a_seal_adds_so_many_bytes() -> None:
    reader = Reader()
    assert len(seal(Told(), reader.key, HERE, 1 << 20)) > SEAL
    line = Line(1, "web", "x" * 100)
    whole = seal(Told((line,)), reader.key, HERE, 1 << 20)
    assert reader.open(seal(Told((line,)), reader.key, HERE, len(whole)), HERE).lines == (line,)
    assert reader.open(seal(Told((line,)), reader.key, HERE, len(whole) - 1), HERE).lines == ()


def test_nobody_else_opens_it_nor_is_it_taken_for_anothers() -> None:
    reader, other = Reader(), Reader()
    sealed = seal(Told(problem="secret"), reader.key, HERE, 1000)
    assert b"secret" not in sealed
    for who, content, place in (
        (other, sealed, HERE),
        (reader, sealed, "staging/web-2"),
        (reader, sealed[:-1] + bytes([sealed[-1] ^ 1]), HERE),
        (reader, b"", HERE),
    ):
        with pytest.raises(UnexpectedReply, match="can not be opened"):
            who.open(content, place)


@pytest.mark.parametrize("key", ["", "?", "AAAA", f"{'A' * 43}="])
def test_nothing_is_sealed_to_what_is_no_key(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  its words are those of libraries
        seal(Told(), key, HERE, 1000)
