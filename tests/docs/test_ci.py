"""The recipes for build systems do what the page says: each in a clone as its system makes it.

The registry is closed, Docker is real, and an issuer signs what builds are. The systems themselves
are not there: what they would run is read out of the page, and run.
"""

import itertools
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.cli.managed import Folder
from tests.cli.program import longshore, longshore_in
from tests.clients.content import MANIFEST
from tests.clients.engines import Engine
from tests.clients.tools import PATIENCE
from tests.credentials.issuer import Answer, Issuer
from tests.docs.pages import DOCS, Page
from tests.docs.systems import JENKINS, SYSTEMS, Event, Step, System, parsed, recipe
from tests.forks import forks
from tests.serving import Server
from tests.source.repository import ENVIRON, Repository

PAGE = Page(DOCS / "ci.md")
REGISTRY, APP = "registry.example.com", "team/app"
MASTER, VERSION = Event("branch", "master"), Event("tag", "v1.0.5")
RELEASED = ["1", "1.0", "1.0.5", "latest"]
IDENTITY = "/identity?of=build"
BY_TOKEN = [system for system in SYSTEMS if system.identity]

_numbers = itertools.count(1)


class Team(NamedTuple):
    """A product with the page's files in git, and the registry that its images go to.

    Teams share the registry. Each has a repository of its own there, in the place of the page's.
    """

    folder: Path
    product: Repository
    repository: str
    server: Server
    issuer: Issuer
    environ: dict[str, str]

    def here(self, text: str) -> str:
        return text.replace(REGISTRY, self.server.host).replace(APP, self.repository)

    def typed(self, line: str, *instead: str) -> str:
        """Type a command on the registry's machine; of an option that comes twice the last wins."""
        words = [*shlex.split(self.here(line))[1:], *instead, "--root", str(self.server.root)]
        done = longshore_in(self.folder, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def let_in(self, system: System, **claims: str) -> dict[str, str]:
        """Type what the page has for this system; answers what its builds are told."""
        if system.identity is None:
            secret = self.typed(said("longshore robot add ci "))
            (self.folder / "ci.secret").write_text(secret)
            return {"REGISTRY_SECRET": secret}
        line = said(f"longshore trust add {system.name.partition(' ')[0].lower()} ")
        audience = f"https://{self.server.host}"
        self.typed(line, "--issuer", self.issuer.url, "--audience", audience)
        told: dict[str, Any] = {"repository": None, **system.identity, **claims}
        token = self.issuer.token(aud=audience, **told)
        self.issuer.lie(f"{IDENTITY}&audience={audience}", Answer.of({"value": token}))
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.issuer.url}{IDENTITY}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
            "REGISTRY_TOKEN": token,
        }

    def build(self, system: System, event: Event, told: Mapping[str, str]) -> int:
        """Run what the system runs for that event, up to what fails; answers its exit code."""
        clone = system.clone(self.product, event, self.folder / f"{event.kind}-of-{system.name}")
        for step in system.steps(PAGE, event):
            script = self.folder / "step.sh"
            script.write_text(self.here(step.script))
            own = {key: self.here(value) for key, value in step.environ.items()}
            done = subprocess.run(
                [*step.shell, str(script)],
                cwd=clone.folder,
                env={**self.environ, **system.variables(event), **told, **own},
                stdout=subprocess.DEVNULL,
                timeout=PATIENCE,
                check=False,
            )
            if done.returncode:
                return done.returncode
        return 0

    def tags(self) -> dict[str, str]:
        """The digest that each tag has, as somebody who may read sees it."""
        secret = self.typed("longshore robot add reader --grant **:pull")
        base = f"{self.server.url}/v2/{self.repository}/"
        headers = {"Accept": MANIFEST}
        with httpx.Client(base_url=base, headers=headers, auth=("reader", secret)) as http:
            listed = http.get("tags/list").json()
            replies = {tag: http.head(f"manifests/{tag}") for tag in listed.get("tags") or ()}
        return {tag: reply.headers["docker-content-digest"] for tag, reply in replies.items()}


def said(beginning: str) -> str:
    """The command of the page that begins so."""
    lines = [line for block in PAGE.blocks("sh") for line in block.splitlines()]
    [found] = [line for line in lines if line.startswith(beginning)]
    return found


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that is closed, whoever else comes and goes."""
    with Server(tmp_path_factory.mktemp("registry") / "data") as server:
        Folder(server.root).add_user("owner", "--admin")
        yield server


@pytest.fixture
def server(registry: Server) -> Iterator[Server]:
    """That registry; whom a test lets in is forgotten, so that another test may."""
    yield registry
    folder = Folder(registry.root)
    for kind in ("robot", "trust"):
        for known in folder.json(kind, "list"):
            folder.do(kind, "remove", known["name"])


@pytest.fixture
def team(tmp_path: Path, engine: Engine, issuer: Issuer, server: Server) -> Team:
    environ = {
        **ENVIRON,
        "PATH": f"{forks().programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "DOCKER_HOST": engine.environment["DOCKER_HOST"],
        "DOCKER_BUILDKIT": "0",
    }
    product = Repository.make(tmp_path / "product")
    repository = f"team{next(_numbers)}/app"  # it ends as what ci/image.sh builds
    team = Team(tmp_path, product, repository, server, issuer, environ)
    files = {
        "Dockerfile": "FROM busybox\n",
        "ci/image.sh": recipe(PAGE, "ci/image.sh"),
        "longshore.yaml": team.here(recipe(PAGE, "longshore.yaml")),
    }
    (product.folder / "ci").mkdir()
    for name, text in files.items():
        (product.folder / name).write_text(text)
    product.git("add", *files)
    product.commit("begin")
    product.commit("go on")
    product.git("tag", VERSION.name)
    return team


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_what_a_branch_built_is_what_its_version_releases(system: System, team: Team) -> None:
    told = team.let_in(system)
    assert [team.build(system, event, told) for event in (MASTER, VERSION)] == [0, 0]
    tags = team.tags()
    assert sorted(tags) == [*RELEASED, "master"]
    assert len(set(tags.values())) == 1


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_a_version_that_is_built_before_its_branch_is_no_obstacle(
    system: System, team: Team
) -> None:
    told = team.let_in(system)
    assert [team.build(system, event, told) for event in (VERSION, MASTER)] == [0, 0]
    assert sorted(team.tags()) == [*RELEASED, "master"]


@pytest.mark.parametrize("system", BY_TOKEN, ids=lambda system: system.name)
def test_builds_of_others_are_not_let_in(system: System, team: Team) -> None:
    claimed = {key: "strangers/app" for key in system.identity or {} if key != "event_name"}
    assert team.build(system, MASTER, team.let_in(system, **claimed)) != 0
    assert team.tags() == {}


def test_jenkins_with_a_token_instead_of_a_secret(team: Team) -> None:
    job = "https://jenkins.example.com/job/app/job/master/"
    told = team.let_in(JENKINS._replace(identity={"sub": job}))
    told["REGISTRY_SECRET"] = told["REGISTRY_TOKEN"]

    def steps(page: Page, event: Event) -> list[Step]:
        return [
            step._replace(script=step.script.replace("--username ci", "--username oidc"))
            for step in JENKINS.steps(page, event)
        ]

    assert team.build(JENKINS._replace(steps=steps), MASTER, told) == 0
    assert list(team.tags()) == ["master"]


def test_the_registry_takes_every_trust_and_robot_as_it_is_written(server: Server) -> None:
    """Also for issuers that sign for everybody: a trust that strangers fit is refused."""
    lines = [line for block in PAGE.blocks("sh") for line in block.splitlines()]
    done = [longshore(*shlex.split(line)[1:], "--root", str(server.root)) for line in lines]
    assert [each.returncode for each in done] == [0] * 4, [each.stderr for each in done]


def test_github_runs_for_branches_and_versions_with_a_token_and_no_more_rights() -> None:
    workflow = parsed(PAGE, ".github/workflows/image.yml")
    assert workflow[True] == {"push": {"branches": ["**"], "tags": ["v*"]}}  # `on`, in YAML 1.1
    assert workflow["permissions"] == {"contents": "read", "id-token": "write"}
    steps = workflow["jobs"]["image"]["steps"]
    assert [len({"uses", "run"} & step.keys()) for step in steps] == [1] * len(steps)
    assert re.fullmatch(r"actions/checkout@v\d+", steps[0]["uses"])


def test_gitlab_asks_for_a_token_for_this_registry() -> None:
    job = parsed(PAGE, ".gitlab-ci.yml")["ship"]
    assert job["id_tokens"] == {"REGISTRY_TOKEN": {"aud": f"https://{REGISTRY}"}}
    assert len(job["rules"]) == 2  # branches and versions, and nothing for merge requests


def test_azure_has_the_secret_in_the_step_that_logs_in_alone() -> None:
    pipeline = parsed(PAGE, "azure-pipelines.yml")
    assert pipeline["trigger"] == {"branches": {"include": ["*"]}, "tags": {"include": ["v*"]}}
    secrets = {step.get("displayName"): step["env"] for step in pipeline["steps"] if "env" in step}
    assert secrets == {"Log in": {"REGISTRY_SECRET": "$(REGISTRY_SECRET)"}}
    conditions = [step["condition"] for step in pipeline["steps"] if "condition" in step]
    assert [each.startswith("and(succeeded(), ") for each in conditions] == [True, True]


def test_the_file_for_jenkins_is_balanced_and_logs_out_at_the_end() -> None:
    file = recipe(PAGE, "Jenkinsfile")
    assert [file.count(each) for each in "{(["] == [file.count(each) for each in "})]"]
    _, _, at_the_end = file.partition("  post {\n    always {\n")
    assert at_the_end.strip().startswith(f"sh 'longshore logout {REGISTRY}'")
