"""Build systems as far as a recipe sees them: the clone, the variables, the shell of each step.

Facts of each system: what it checks out by default and what it sets (as `source.ci` reads it). What
a recipe has is read out of the page; only the step that installs Longshore is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]

from tests.docs.pages import Page
from tests.source.repository import Repository


class Event(NamedTuple):
    """What was pushed: a branch, or a tag."""

    kind: str
    name: str

    @property
    def ref(self) -> str:
        return f"refs/{'tags' if self.kind == 'tag' else 'heads'}/{self.name}"


class Step(NamedTuple):
    """A script, and what runs it, which is told the script's file as its last argument."""

    shell: tuple[str, ...]
    script: str
    environ: Mapping[str, str] = MappingProxyType({})


class System(NamedTuple):
    """`variables` are those that it sets, `steps` those of the recipe that it runs."""

    name: str
    variables: Callable[[Event], dict[str, str]]
    steps: Callable[[Page, Event], list[Step]]
    depth: int = 0
    """Commits in its clones; 0 is all."""
    is_on_branch: bool = False
    """Whether git knows the branch; else HEAD is detached."""
    identity: dict[str, str] | None = None
    """What its identity tokens claim; None where a robot's secret takes their place."""

    def clone(self, product: Repository, event: Event, folder: Path) -> Repository:
        made = Repository.make(folder, "unborn")
        made.git("remote", "add", "origin", product.url)
        depth = [f"--depth={self.depth}"] if self.depth else []
        to = event.ref.replace("refs/heads/", "refs/remotes/origin/")
        made.git("fetch", "--quiet", "--no-tags", *depth, "origin", f"+{event.ref}:{to}")
        if self.is_on_branch and event.kind == "branch":
            made.git("checkout", "--quiet", "-B", event.name, to)
        else:
            made.git("checkout", "--quiet", "--detach", to)
        return made


def recipe(page: Page, file: str) -> str:
    """The file of that name, as the page has it."""
    [found] = [
        block
        for language in ("yaml", "bash", "groovy")
        for block in page.blocks(language)
        if re.match(rf"(#|//) {re.escape(file)}\b", block)
    ]
    return found


def parsed(page: Page, file: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(recipe(page, file))
    return found


def github_steps(page: Page, event: Event) -> list[Step]:
    workflow = parsed(page, ".github/workflows/image.yml")
    steps = [step for step in workflow["jobs"]["image"]["steps"] if "run" in step]
    return [
        Step(("bash", "-e"), step["run"], workflow["env"])
        for step in steps
        if step["name"] != "Install Longshore"
        and step.get("if") in {None, f"github.ref_type == '{event.kind}'"}
    ]


def gitlab_steps(page: Page, event: Event) -> list[Step]:
    job = parsed(page, ".gitlab-ci.yml")["ship"]
    rules = {"branch": "$CI_COMMIT_BRANCH", "tag": "$CI_COMMIT_TAG =~ /^v/"}
    assert {"if": rules[event.kind]} in job["rules"]
    return [Step(("bash", "-eo", "pipefail"), "\n".join(job["script"]))]


def azure_steps(page: Page, event: Event) -> list[Step]:
    steps = parsed(page, "azure-pipelines.yml")["steps"]
    starts = f"'{event.ref.removesuffix(event.name)}'"
    return [
        Step(("bash",), step["bash"])
        for step in steps
        if "bash" in step
        and step["displayName"] != "Install Longshore"
        and starts in step.get("condition", starts)
    ]


def jenkins_steps(page: Page, event: Event) -> list[Step]:
    when = {"branch": "not {", "tag": "buildingTag() }"}
    return [
        Step(("sh", "-xe"), script)
        for stage in re.split(r"\n    (?=stage\()", recipe(page, "Jenkinsfile"))
        if "when {" not in stage or f"when {{ {when[event.kind]}" in stage
        for script in re.findall(r"sh '(.*)'$", stage.partition("\n  post ")[0], re.MULTILINE)
    ]


def shell_steps(page: Page, event: Event) -> list[Step]:
    [script] = [each for each in page.blocks("bash") if each.startswith("longshore login")]
    if event.kind == "tag":
        script = script.replace("image.sh push", "image.sh release")
    return [Step(("bash", "-e"), script)]


def of_github(event: Event) -> dict[str, str]:
    return {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REF": event.ref}


def of_gitlab(event: Event) -> dict[str, str]:
    return {"GITLAB_CI": "true", **of_any(event)}


def of_azure(event: Event) -> dict[str, str]:
    return {"TF_BUILD": "True", "BUILD_SOURCEBRANCH": event.ref}


def of_jenkins(event: Event) -> dict[str, str]:
    tag = {"TAG_NAME": event.name} if event.kind == "tag" else {}
    return {"JENKINS_URL": "https://jenkins.example.com/", "BRANCH_NAME": event.name, **tag}


def of_any(event: Event) -> dict[str, str]:
    return {"CI": "true", f"CI_COMMIT_{event.kind.upper()}": event.name}


GITHUB = System(
    "GitHub Actions",
    of_github,
    github_steps,
    depth=1,
    is_on_branch=True,
    identity={"repository": "acme/app", "event_name": "push"},
)
GITLAB = System(
    "GitLab CI", of_gitlab, gitlab_steps, depth=20, identity={"project_path": "acme/app"}
)
AZURE = System("Azure Pipelines", of_azure, azure_steps, depth=1)
JENKINS = System("Jenkins", of_jenkins, jenkins_steps)
SHELL = System("a plain shell", of_any, shell_steps)
SYSTEMS = [GITHUB, GITLAB, AZURE, JENKINS, SHELL]
