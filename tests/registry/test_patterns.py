"""The rules of patterns, against a matcher that tries everything."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.oci.names import NAME_LIMIT, RepositoryName
from longshore.registry.patterns import EVERYTHING, Pattern, PatternInvalid


def is_matched(pattern: str, name: str) -> bool:
    """As the words of the module say it, and as slow as it comes."""
    if "*" not in pattern:
        return name == pattern or name.startswith(f"{pattern}/")
    return _fits(pattern.split("/"), name.split("/"))


def _fits(wanted: list[str], given_: list[str]) -> bool:
    if not wanted:
        return not given_
    first, *rest = wanted
    if first == "**":
        # At the end it is all below, and not the place itself.
        least = 0 if rest else 1
        return any(_fits(rest, given_[count:]) for count in range(least, len(given_) + 1))
    return bool(given_) and _fits_one(first, given_[0]) and _fits(rest, given_[1:])


def _fits_one(wanted: str, given_: str) -> bool:
    if not wanted:
        return not given_
    if wanted[0] == "*":
        return any(_fits_one(wanted[1:], given_[count:]) for count in range(len(given_) + 1))
    return given_[:1] == wanted[0] and _fits_one(wanted[1:], given_[1:])


def of_parts(*parts: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(parts), min_size=1, max_size=4).map("/".join)


NAMES = of_parts("a", "b", "aa", "ab", "a-b", "a.b", "bab")
PATTERNS = of_parts("a", "b", "ab", "*", "a*", "*b", "*a*", "a*b", "a-*", "*.b", "**", "**").map(
    Pattern.parse
)


@given(PATTERNS, NAMES)
def test_a_pattern_matches_what_its_words_say(pattern: Pattern, name: str) -> None:
    assert pattern.matches(name) == is_matched(pattern, name)


@given(PATTERNS, PATTERNS, NAMES)
def test_what_covers_matches_all_that_the_other_does(
    covering: Pattern, covered: Pattern, name: str
) -> None:
    if covering.covers(covered) and covered.matches(name):
        assert covering.matches(name)


@given(PATTERNS, NAMES)
def test_every_name_begins_with_the_prefix(pattern: Pattern, name: str) -> None:
    if pattern.matches(name):
        assert name.startswith(pattern.prefix)


@pytest.mark.parametrize(
    ("pattern", "matched", "others"),
    [
        ("team", ["team", "team/app", "team/a/b"], ["teams", "a/team", "tea"]),
        ("team/app", ["team/app", "team/app/cache"], ["team", "team/apple", "team/app-1"]),
        ("team/**", ["team/app", "team/a/b"], ["team", "teams/a"]),
        ("team/*", ["team/app"], ["team", "team/a/b"]),
        ("team/app-*", ["team/app-", "team/app-1"], ["team/app", "team/app-1/cache"]),
        ("**/cache", ["cache", "a/cache", "a/b/cache"], ["a/cache/b", "a-cache"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a", "b", "a/x", "a/x/b/y"]),
        ("**", ["a", "a/b"], []),
        ("*", ["a", "a.b"], ["a/b"]),
        ("a.b", ["a.b", "a.b/c"], ["axb", "a/b"]),
    ],
)
def test_patterns_as_people_write_them(pattern: str, matched: list[str], others: list[str]) -> None:
    for name in matched:
        assert Pattern.parse(pattern).matches(name), name
    for name in others:
        assert not Pattern.parse(pattern).matches(name), name


@pytest.mark.parametrize(
    ("covering", "covered"),
    [
        ("**", "a"),
        ("**", "**"),
        ("a", "a"),
        ("a", "a/b"),
        ("a", "a/**"),
        ("a", "a/*/b"),
        ("a/**", "a/b"),
        ("a/**", "a/**/b"),
        ("a*", "a*"),
    ],
)
def test_what_is_below_is_covered(covering: str, covered: str) -> None:
    assert Pattern.parse(covering).covers(Pattern.parse(covered))


@pytest.mark.parametrize(
    ("covering", "covered"),
    [
        ("a", "**"),
        ("a", "ab"),
        ("a", "a*"),
        ("a/b", "a"),
        ("a/**", "a"),
        ("*", "a/b"),
        ("a/*", "a/**"),
    ],
)
def test_what_may_reach_further_is_not(covering: str, covered: str) -> None:
    assert not Pattern.parse(covering).covers(Pattern.parse(covered))


@pytest.mark.parametrize("name", ["a", "a/b", "a.b__c-d---e/0", "n" * NAME_LIMIT])
def test_every_name_is_a_pattern_that_matches_it(name: str) -> None:
    assert Pattern.parse(RepositoryName.parse(name)).matches(name)
    assert EVERYTHING.matches(name)


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "a/", "/a", "a//b", "A", "a b", "a..b", "-a", "a-", "a\n", "a:b", "a?", "[a]"),
        *("***", "a**", "**a", "a/**b", "a.**", "@team", "ü", "a" * (NAME_LIMIT + 1)),
    ],
)
def test_what_is_no_pattern_is_told_what_one_is(text: str) -> None:
    with pytest.raises(PatternInvalid, match=re.escape("team/**")):
        Pattern.parse(text)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("**/" * 80 + "x", "/".join("a" * 120)),
        ("**/a/" * 40 + "x", "/".join("a" * 120)),
        ("*a" * 100 + "x", "a" * 250),
        ("**/" + "*a" * 100 + "x/**/b", "/".join(["a" * 40] * 6)),
    ],
)
def test_no_pattern_takes_long(pattern: str, name: str) -> None:
    """One that tried all ways would not end in our days."""
    assert not Pattern.parse(pattern).matches(name)
    assert not Pattern.parse(pattern).matches(f"{name}/b")


def test_the_pattern_that_says_most_of_a_name_is_the_most_specific() -> None:
    ordered = ["**", "**/cache", "team*", "team/**", "team/*", "team/a*", "team/app", "team/app/*"]
    found = sorted(map(Pattern, reversed(ordered)), key=lambda one: one.specificity)
    assert found == ordered
