"""The rules of grants: which verbs come with others, and what one allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.registry.grants import CONTENT, Grant, Verb, implied
from longshore.registry.patterns import Pattern

SETS = st.frozensets(st.sampled_from(Verb))


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        (Verb.PULL, {Verb.PULL}),
        (Verb.PUSH, {Verb.PULL, Verb.PUSH}),
        (Verb.DELETE, {Verb.PULL, Verb.DELETE}),
        (Verb.ADMIN, set(Verb)),
    ],
)
def test_who_changes_may_look(verb: Verb, expected: set[Verb]) -> None:
    assert implied([verb]) == expected


@given(SETS, SETS)
def test_verbs_imply_each_for_itself_and_once(
    some: frozenset[Verb], others: frozenset[Verb]
) -> None:
    assert some <= implied(some)
    assert implied(implied(some)) == implied(some)
    assert implied(some | others) == implied(some) | implied(others)


def test_content_is_all_but_administration() -> None:
    assert set(Verb) - {Verb.ADMIN} == CONTENT


@given(SETS, st.sampled_from(Verb), st.sampled_from(["team", "team/app", "other"]))
def test_a_grant_allows_its_verbs_where_its_pattern_matches(
    verbs: frozenset[Verb], verb: Verb, repository: str
) -> None:
    grant = Grant("alice", Pattern("team"), verbs)
    expected = verb in implied(verbs) and repository != "other"
    assert grant.allows(verb, repository) == expected
