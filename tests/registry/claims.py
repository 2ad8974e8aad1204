"""Claims as the tokens of well-known issuers have them, and policies for those issuers."""

from typing import Any

from longshore.registry.trust import Trust

GITHUB = "https://token.actions.githubusercontent.com"
GITLAB = "https://gitlab.com"
AUDIENCE = "registry.acme.test"
CLAIMS: dict[str, dict[str, Any]] = {
    "GitHub": {
        "iss": GITHUB,
        "aud": AUDIENCE,
        "sub": "repo:acme/app:ref:refs/heads/main",
        "ref": "refs/heads/main",
        "ref_type": "branch",
        "ref_protected": "true",
        "repository": "acme/app",
        "repository_id": "74",
        "repository_owner": "acme",
        "repository_owner_id": "65",
        "repository_visibility": "private",
        "actor": "alice",
        "event_name": "push",
        "workflow": "release",
        "job_workflow_ref": "acme/flows/.github/workflows/ship.yml@refs/heads/main",
        "runner_environment": "github-hosted",
    },
    "GitLab": {
        "iss": GITLAB,
        "aud": AUDIENCE,
        "sub": "project_path:acme/team/app:ref_type:branch:ref:main",
        "namespace_path": "acme/team",
        "project_path": "acme/team/app",
        "project_id": "22",
        "user_login": "alice",
        "pipeline_source": "push",
        "ref": "main",
        "ref_protected": "true",
        "groups_direct": ["acme/admins", "acme/builders"],
        "sha": "714a629c0b401fdce83e847fc9589983fc6f46bc",
    },
    "Azure DevOps": {
        "iss": "https://vstoken.dev.azure.com/0f3c0a3e-8d45-4b0c-9d17-6d3f5f4d4a11",
        "aud": [AUDIENCE, "api://AzureADTokenExchange"],
        "sub": "sc://acme/app/registry",
        "org_id": "0f3c0a3e-8d45-4b0c-9d17-6d3f5f4d4a11",
        "def_id": "3",
    },
    "Buildkite": {
        "iss": "https://agent.buildkite.com",
        "aud": AUDIENCE,
        "sub": "organization:acme:pipeline:app:ref:refs/heads/main:commit:9f3182061f1e:step:build",
        "organization_slug": "acme",
        "pipeline_slug": "app",
        "build_number": 1,
        "build_branch": "main",
        "build_tag": None,
        "step_key": "build",
    },
    "CircleCI": {
        "iss": "https://oidc.circleci.com/org/41cf6c5c-d1d5-4f1a-8f6f-7ea1c4b3a0c2",
        "aud": AUDIENCE,
        "sub": "org/41cf6c5c-d1d5-4f1a-8f6f-7ea1c4b3a0c2/project/9b1f/user/77aa/vcs-ref/main",
        "oidc.circleci.com/project-id": "9b1f",
        "oidc.circleci.com/context-ids": ["1f2e", "3d4c"],
        "oidc.circleci.com/ssh-rerun": False,
    },
    "Google": {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "sub": "113456789012345678901",
        "azp": "113456789012345678901",
        "email": "build@acme-prod.iam.gserviceaccount.com",
        "email_verified": True,
    },
}


def policy(issuer: str, *conditions: tuple[str, str]) -> Trust:
    return Trust("ci", issuer, AUDIENCE, conditions, is_single_use=True)
