"""Scopes, as clients and challenges write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.oci.scope import CATALOG, Scope, parse_scopes

WORDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=":,("))
NAMES = st.lists(WORDS.filter(bool), min_size=1, max_size=3).map(":".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("repository:team/app:pull,push", ("repository", "team/app", {"pull", "push"})),
        ("repository:host:5000/app:pull", ("repository", "host:5000/app", {"pull"})),
        ("repository(plugin):app:pull", ("repository", "app", {"pull"})),
        ("repository:app:,pull,,pull", ("repository", "app", {"pull"})),
        ("repository:app:", ("repository", "app", set())),
        (CATALOG, ("registry", "catalog", {"*"})),
    ],
)
def test_what_a_scope_says(text: str, expected: tuple[str, str, set[str]]) -> None:
    scope = Scope.parse(text)
    assert scope is not None
    assert (scope.type, scope.name, set(scope.actions)) == expected


@pytest.mark.parametrize("text", ["", ":", "::", "a", "a:", "a:b", ":b:c", "a::c", "(b):c:d"])
def test_what_is_no_scope_is_left_out(text: str) -> None:
    assert Scope.parse(text) is None
    assert parse_scopes(f"{text} repository:a:pull {text}") == parse_scopes("repository:a:pull")


@given(WORDS.filter(bool), NAMES, st.frozensets(WORDS.filter(bool), max_size=3))
def test_a_scope_is_read_as_it_is_written(kind: str, name: str, actions: frozenset[str]) -> None:
    scope = Scope(kind, name, actions)
    assert Scope.parse(str(scope)) == scope
    assert parse_scopes(f" {scope}  {scope} ") == [scope, scope]


def test_actions_are_written_in_order() -> None:
    assert str(Scope("repository", "a", frozenset({"push", "pull"}))) == "repository:a:pull,push"
