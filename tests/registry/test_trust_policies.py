"""Trust policies that are refused, because strangers would fit as well."""

import pytest

from longshore.registry import trust
from longshore.registry.trust import TrustInvalid
from tests.registry.claims import AUDIENCE, GITHUB, GITLAB, policy


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "gitlab.acme.test",
        "http://gitlab.acme.test",
        "http://127.0.0.1.acme.test",
        "http://localhost.acme.test",
        "ftp://acme.test",
        "https://",
        "https:///path",
        "https://alice@acme.test",
        "https://acme.test/a?b=c",
        "https://acme.test/#part",
        "https://acme.test\\@other.test",
        "https://acme.test/a b",
        "https://acme.test\n",
        "HTTPS://acme.test",
        "https://[::1",
        "https://acmé.test",
        "https://acme..test",
        "https://-acme.test",
        "https://acme.test:65536",
        f"https://{'a' * 64}.test",
    ],
)
def test_an_issuer_that_others_can_speak_for_is_refused(issuer: str) -> None:
    with pytest.raises(TrustInvalid, match="https URL"):
        trust.check(policy(issuer, ("sub", "a")))


@pytest.mark.parametrize(
    "issuer",
    [
        "https://gitlab.acme.test",
        "https://gitlab.acme.test:8443/a/b-c_d~e/",
        "https://[2001:db8::1]:8443",
        "http://localhost:8080",
        "http://127.0.0.1:8080/realms/acme",
        "http://127.1.2.3",
        "http://[::1]:1",
    ],
)
def test_issuers(issuer: str) -> None:
    trust.check(policy(issuer, ("sub", "a")))
    assert trust.is_secure(issuer)


def test_a_place_of_keys_may_have_a_query() -> None:
    assert trust.is_secure("https://acme.test/keys?policy=1")
    assert not trust.is_secure("http://acme.test/keys?policy=1")
    assert not trust.is_secure("https://acme.test?a@b")


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [("iss", GITLAB)],
        [("aud", AUDIENCE), ("iss", GITLAB), ("jti", "1")],
        [("sub", "*")],
        [("sub", "**"), ("ref", "**/*")],
    ],
)
def test_a_policy_that_would_trust_everybody_is_refused(
    conditions: list[tuple[str, str]],
) -> None:
    with pytest.raises(TrustInvalid, match="everybody"):
        trust.check(policy("https://gitlab.acme.test", *conditions))


@pytest.mark.parametrize(
    ("issuer", "conditions", "hint"),
    [
        (GITHUB, [("ref", "refs/heads/main")], "repository"),
        (GITHUB, [("ref", "refs/heads/main")], "repository_owner"),
        (GITHUB, [("repository", "*/app")], "repository"),
        (GITHUB, [("repository", "acme*/app")], "repository"),
        (GITHUB, [("repository_owner", "ac**")], "repository"),
        (GITHUB, [("sub", "repo:acme/app:ref:refs/heads/main")], "repository"),
        (GITHUB, [("job_workflow_ref", "acme/flows/a.yml@refs/heads/main")], "repository"),
        (GITHUB + "/", [("actor", "alice")], "repository"),
        (GITLAB, [("ref", "main"), ("ref_protected", "true")], "project_path"),
        (GITLAB, [("ref", "main")], "namespace_path"),
        ("https://agent.buildkite.com", [("pipeline_slug", "app")], "organization_slug"),
        ("https://accounts.google.com", [("email_verified", "true")], "email"),
        ("https://accounts.google.com", [("email", "*@acme.test")], "email"),
    ],
)
def test_strangers_at_an_issuer_for_all_are_kept_out(
    issuer: str, conditions: list[tuple[str, str]], hint: str
) -> None:
    with pytest.raises(TrustInvalid, match=f"`{hint}`"):
        trust.check(policy(issuer, *conditions))


@pytest.mark.parametrize(
    ("conditions", "hint"),
    [
        ([("", "a")], "repository=acme/app"),
        ([("a", "")], "repository=acme/app"),
        ([("a", "b" * 1025)], "1024"),
        ([("a" * 1025, "b")], "1024"),
        ([("sub", "a***")], "sub"),
        ([("sub", "a")] * 33, "32"),
    ],
)
def test_conditions_that_are_none(conditions: list[tuple[str, str]], hint: str) -> None:
    with pytest.raises(TrustInvalid, match=hint):
        trust.check(policy("https://gitlab.acme.test", *conditions))


def test_a_policy_names_an_audience() -> None:
    with pytest.raises(TrustInvalid, match="audience"):
        trust.check(policy(GITHUB, ("repository", "acme/app"))._replace(audience=""))
