"""Trust policies: whom they let in, whom they refuse, and which of them are refused."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.registry import trust
from tests.registry.claims import AUDIENCE, CLAIMS, GITHUB, policy


def fits(value: Any, pattern: str) -> bool:
    """Whether a claim of this value fits a condition."""
    claims = {"iss": GITHUB, "aud": AUDIENCE, "claim": value}
    return trust.matches(policy(GITHUB, ("claim", pattern)), claims)


OF_ACME = [
    ("GitHub", [("repository", "acme/app"), ("ref", "refs/heads/*")]),
    ("GitHub", [("repository", "acme/*"), ("ref_protected", "true")]),
    ("GitHub", [("repository_owner", "acme"), ("job_workflow_ref", "acme/flows/**@refs/heads/*")]),
    ("GitLab", [("project_path", "acme/**"), ("ref", "main")]),
    ("GitLab", [("namespace_path", "acme/team"), ("groups_direct", "acme/builders")]),
    ("Azure DevOps", [("sub", "sc://acme/app/*")]),
    ("Buildkite", [("organization_slug", "acme"), ("pipeline_slug", "app"), ("build_number", "1")]),
    ("CircleCI", [("oidc.circleci.com/project-id", "9b1f")]),
    ("CircleCI", [("sub", "org/*/project/9b1f/**"), ("oidc.circleci.com/ssh-rerun", "false")]),
    ("CircleCI", [("oidc.circleci.com/context-ids", "3d4c")]),
    ("Google", [("email", "build@acme-prod.iam.gserviceaccount.com"), ("email_verified", "true")]),
]
OF_OTHERS = [
    ("GitHub", [("repository", "acme/ap")]),
    ("GitHub", [("repository", "Acme/App")]),
    ("GitHub", [("repository", "acme")]),
    ("GitHub", [("repository", "acme/app"), ("ref", "refs/tags/*")]),
    ("GitHub", [("repository", "acme/app"), ("environment", "**")]),
    ("GitLab", [("project_path", "acme/*")]),
    ("GitLab", [("project_path", "acme/team/app"), ("groups_direct", "acme/*/builders")]),
    ("Azure DevOps", [("sub", "sc://acme/*")]),
    ("Buildkite", [("organization_slug", "acme"), ("build_tag", "**")]),
    ("CircleCI", [("sub", "org/*")]),
    ("Google", [("email", "build@acme-prod.iam.gserviceaccount.com"), ("email_verified", "True")]),
]


@pytest.mark.parametrize(("issuer", "conditions"), OF_ACME)
def test_who_fits(issuer: str, conditions: list[tuple[str, str]]) -> None:
    claims = CLAIMS[issuer]
    found = policy(claims["iss"], *conditions)
    trust.check(found)
    assert trust.matches(found, claims)


@pytest.mark.parametrize(("issuer", "conditions"), OF_OTHERS)
def test_who_does_not(issuer: str, conditions: list[tuple[str, str]]) -> None:
    claims = CLAIMS[issuer]
    assert not trust.matches(policy(claims["iss"], *conditions), claims)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://gitlab.acme.test"},
        {"iss": GITHUB + "/"},
        {"iss": None},
        {"iss": [GITHUB]},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": []},
        {"aud": None},
        {"aud": AUDIENCE[:-1]},
        {"repository": "acme/other"},
        {"repository": ""},
        {"repository": None},
        {"repository": {"acme/app": "acme/app"}},
        {"repository": [["acme/app"]]},
    ],
)
def test_everything_has_to_be_right(change: dict[str, Any]) -> None:
    found = policy(GITHUB, ("repository", "acme/app"))
    assert trust.matches(found, CLAIMS["GitHub"])
    assert not trust.matches(found, CLAIMS["GitHub"] | change)


def test_a_claim_that_is_missing_fits_nothing() -> None:
    for pattern in ("*", "**", "None", "null", ""):
        assert not trust.matches(policy(GITHUB, ("none", pattern)), CLAIMS["GitHub"])


def test_a_policy_without_conditions_lets_nobody_in() -> None:
    assert not trust.matches(policy(GITHUB), CLAIMS["GitHub"])


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("refs/heads/*", "refs/heads/main", True),
        ("refs/heads/*", "refs/heads/", True),
        ("refs/heads/*", "refs/heads/a/b", False),
        ("refs/heads/**", "refs/heads/a/b", True),
        ("refs/heads/**", "refs/heads", False),
        ("**/main", "refs/heads/main", True),
        ("*/main", "refs/heads/main", False),
        ("*", "a/b", False),
        ("**", "a/b", True),
        ("a*c", "abbc", True),
        ("a*c", "ac", True),
        ("a*c", "a/c", False),
        ("a*b*c", "a1b2b3c", True),
        ("a**c*", "a/b/cd", True),
        ("a**c*", "a/b/c/d", False),
        ("v*.*", "v1.0.5", True),
        ("a", "A", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("a?", "ab", False),
        ("a", "a\n", False),
        ("*", "\n", True),
        ("", "", True),
        ("a*", "b", False),
    ],
)
def test_patterns(pattern: str, text: str, expected: bool) -> None:
    assert fits(text, pattern) is expected


LETTERS = st.text("ab/*", max_size=8)


@given(LETTERS, st.text("ab/\n", max_size=10))
def test_a_pattern_is_the_expression_that_it_looks_like(pattern: str, text: str) -> None:
    said = {"*": "[^/]*", "": ""}
    parts = (said.get(p, ".*" if p[0] == "*" else re.escape(p)) for p in split(pattern))
    expected = re.fullmatch("".join(parts), text, re.DOTALL) is not None
    assert fits(text, pattern) == expected


def split(pattern: str) -> list[str]:
    return [part for part in re.split(r"(\*+)", pattern) if part]


@given(st.text(max_size=50).filter(lambda text: "*" not in text))
def test_a_text_without_stars_fits_itself_and_nothing_longer(text: str) -> None:
    assert fits(text, text)
    assert not fits(text + "x", text)
    assert not fits("x" + text, text)


def test_a_pattern_with_many_stars_is_followed_to_its_end() -> None:
    """One that tried each way after another would not come back."""
    assert not fits("a" * 1000, "**a" * 100 + "b")
    assert fits("a" * 1000, "**a" * 100)


def test_a_claim_that_is_too_long_fits_nothing() -> None:
    assert fits("a" * trust.CLAIM_LIMIT, "**")
    assert not fits("a" * (trust.CLAIM_LIMIT + 1), "**")


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        (True, "true", True),
        (False, "false", True),
        (True, "True", False),
        (True, "1", False),
        (1, "1", True),
        (1, "true", False),
        (1.0, "1*", False),
        (["a", "b"], "b", True),
        (["a", "b"], "c", False),
        (["a", "b"], "ab", False),
        ([1, True, None, {}], "true", True),
        ([], "**", False),
        ({"a": "b"}, "**", False),
        (None, "**", False),
    ],
)
def test_claims_that_are_no_text(value: Any, pattern: str, expected: bool) -> None:
    assert fits(value, pattern) is expected


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["iss", "aud", "sub", "email", "claim"]), VALUES), LETTERS)
def test_no_claims_are_too_odd_to_be_compared(claims: dict[str, Any], pattern: str) -> None:
    assert trust.matches(policy(GITHUB, ("claim", pattern)), claims) is False
    assert len(trust.who(claims)) <= trust.WHO_LIMIT
    assert trust.who(claims).isprintable()


WHO = {
    "GitHub": "repo:acme/app:ref:refs/heads/main",
    "GitLab": "project_path:acme/team/app:ref_type:branch:ref:main",
    "Azure DevOps": "sc://acme/app/registry",
    "Google": "build@acme-prod.iam.gserviceaccount.com",
}


@pytest.mark.parametrize("issuer", WHO)
def test_whom_a_token_is_of(issuer: str) -> None:
    assert trust.who(CLAIMS[issuer]) == WHO[issuer]


def test_only_an_address_that_was_verified_says_who_it_is() -> None:
    claims = CLAIMS["Google"]
    for change in ({"email_verified": "true"}, {"email_verified": False}, {"email": 1}):
        assert trust.who(claims | change) == claims["sub"]


def test_who_it_is_is_short_and_can_be_printed() -> None:
    assert trust.who({}) == ""
    assert trust.who({"sub": "a\nb\x1b[31m\u202e"}) == "a?b?[31m?"
    assert trust.who({"sub": "a" * 255}) == "a" * 255
    assert trust.who({"sub": "a" * 300}) == "a" * 254 + "…"
