"""Trusts: policies that let in whom they mean, and nobody else."""

import pytest

from tests.api.management.conftest import Api, new_name

GITHUB = "https://token.actions.githubusercontent.com"


def test_a_trust_is_for_the_registry_that_was_asked_unless_it_says_otherwise(api: Api) -> None:
    name = new_name("github")
    body = {"name": name, "issuer": GITHUB, "claims": {"repository": "acme/app"}}
    grants = [{"pattern": "team/app", "verbs": ["push"]}]
    reply = api.ask("POST", "/trusts", {**body, "grants": grants})
    assert (reply.status, reply.header("Location")) == (201, f"/api/v1/trusts/{name}")
    made = reply.json()
    assert made["audience"] == "http://registry.test"
    assert made["grants"] == grants
    assert api.get(f"/trusts/{name}") == made
    assert made in api.get("/trusts", limit=1000)["trusts"]

    other = {**body, "name": new_name("github"), "audience": "https://elsewhere.test"}
    assert api.ask("POST", "/trusts", other).json()["audience"] == "https://elsewhere.test"
    assert api.get("/trusts", limit=1)["next"] is not None


def test_a_trust_is_disabled_and_removed(api: Api) -> None:
    name = new_name("gitlab")
    body = {"name": name, "issuer": "https://ci.test", "claims": {"project_path": "acme/app"}}
    assert api.ask("POST", "/trusts", {**body, "is_single_use": True}).status == 201
    api.ask("PATCH", f"/trusts/{name}", {"is_enabled": False})
    assert api.get(f"/trusts/{name}")["is_enabled"] is False
    assert api.ask("DELETE", f"/trusts/{name}").status == 200
    assert api.ask("GET", f"/trusts/{name}").status == 404


@pytest.mark.parametrize(
    ("issuer", "claims"),
    [
        (GITHUB, {}),
        (GITHUB, {"ref": "refs/heads/main"}),
        (GITHUB, {"repository": "*/app"}),
        ("http://issuer.test", {"sub": "me"}),
        ("", {"sub": "me"}),
        ("https://issuer.test", {"sub": "***"}),
        ("https://issuer.test", {str(number): "x" for number in range(33)}),
    ],
)
def test_a_trust_that_strangers_fit_is_refused(
    api: Api, issuer: str, claims: dict[str, str]
) -> None:
    body = {"name": new_name("trust"), "issuer": issuer, "claims": claims}
    reply = api.ask("POST", "/trusts", body)
    assert (reply.status, reply.codes) == (400, ["INVALID"])
    assert api.ask("GET", f"/trusts/{body['name']}").status == 404
