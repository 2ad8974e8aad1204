"""YAML as text: words stay as they were written, and lines are known."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.source.document import parse
from longshore.source.errors import ProjectError


def test_words_stay_as_they_were_written() -> None:
    text = "a: 1.10\nb: [no, 0x10, ~, '', 2026-01-01]\nc: {on: yes}\n# more\nd:\n"
    assert parse(text).content == {
        "a": "1.10",
        "b": ["no", "0x10", "~", "", "2026-01-01"],
        "c": {"on": "yes"},
        "d": "",
    }


def test_every_place_has_its_line() -> None:
    assert parse("a: 1\nb:\n  - x\n  - c: 2\n").lines == {
        (): 1,
        ("a",): 1,
        ("b",): 3,
        ("b", 0): 3,
        ("b", 1): 4,
        ("b", 1, "c"): 4,
    }


def test_an_empty_file_says_nothing() -> None:
    assert parse("# nothing\n").content == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: [", "line 2: expected the node content"),
        ("a: 1\nb: 2\na: 3\n", "line 3: a is there twice"),
        ("a: &one 1\nb: *one\n", "line 2: anchors are not read"),
        ("a: &one [*one]\n", "line 1: anchors are not read"),
        ("a: 1\nb: !include c\n", "line 2: tags such as !include are not read"),
        ("a: 1\n? [b]\n: c\n", "line 2: a key is a word"),
        ("a: 1\n---\nb: 2\n", "line 2: but found another document"),
        ("a: \x01", "this is no YAML"),
        ("[" * 600 + "]" * 600, "this is no YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ProjectError) as refused:
        parse(text)
    assert str(refused.value).startswith(told)


@given(st.text("ab01:-?[]{},&*!|>#'\"% \n~<=", max_size=40) | st.text(max_size=20))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with suppress(ProjectError):
        found = parse(text)
        assert json.dumps(found.content)
        assert all(line >= 1 for line in found.lines.values())


WORDS = st.text(st.characters(max_codepoint=126))
DOCUMENTS = st.recursive(
    WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
)


@given(DOCUMENTS)
def test_json_is_yaml(written: object) -> None:
    assert parse(json.dumps(written)).content == written
