"""Scopes: how they are read off a challenge and written into a request for a token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.oci.scope import Scope, parse_scopes


def test_a_scope_has_a_type_a_name_and_actions() -> None:
    scope = Scope.parse("repository:team/app:push,pull")
    assert scope == Scope("repository", "team/app", frozenset({"pull", "push"}))
    assert str(scope) == "repository:team/app:pull,push"


def test_a_name_may_have_colons() -> None:
    scope = Scope.parse("repository:localhost:5000/app:pull")
    assert (scope.name, scope.actions) == ("localhost:5000/app", frozenset({"pull"}))


def test_no_actions_are_none() -> None:
    assert Scope.parse("repository:app:") == Scope("repository", "app", frozenset())


def test_a_list_is_parted_by_spaces() -> None:
    scopes = parse_scopes("repository:a:pull  registry:catalog:*")
    assert list(map(str, scopes)) == ["repository:a:pull", "registry:catalog:*"]
    assert parse_scopes("") == []


@pytest.mark.parametrize("text", ["", "repository", "repository:", "repository:pull", "::", ":a:b"])
def test_what_is_not_a_scope_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a scope"):
        Scope.parse(text)


WORDS = st.text("abcdefghijklmnopqrstuvwxyz/-*", min_size=1)


@given(WORDS, WORDS, st.frozensets(WORDS))
def test_what_is_written_is_read(kind: str, name: str, actions: frozenset[str]) -> None:
    scope = Scope(kind, name, actions)
    assert Scope.parse(str(scope)) == scope
