"""`longshore tags`, as a user and a build system type it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import longshore_in
from tests.source.repository import Repository

IMAGE = "registry.example.com/team/app"


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    """A checkout of master at v1.0.5, with v2.0.0 elsewhere."""
    made = Repository.make(tmp_path / "app")
    (made.folder / "longshore.yaml").write_text(f"image: {IMAGE}\n")
    made.git("add", "longshore.yaml")
    made.commit("first")
    made.start("next", "master")
    made.commit("second")
    made.git("tag", "v2.0.0")
    made.git("switch", "--quiet", "master")
    made.git("tag", "v1.0.5")
    made.git("remote", "add", "origin", "git@example.com:acme/app.git")
    return made


def tags(made: Repository, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return longshore_in(made.folder, "tags", *arguments, **environ)


def test_names_are_printed_with_their_reasons(made: Repository) -> None:
    done = tags(made)
    assert done.returncode == 0
    assert done.stdout == (
        f"{IMAGE}\n  1.0.5   the version itself\n  master  the branch map has it for master\n"
    )
    assert done.stderr.startswith("note: 1.0, 1, latest left out: the versions in the registry")


def test_aliases_go_by_the_clone_when_that_is_asked_for_and_it_says_so(made: Repository) -> None:
    done = tags(made, "--aliases-from-git")
    assert done.stdout == (
        f"{IMAGE}\n"
        "  1.0.5   the version itself\n"
        "  1.0     1.0.5 is the highest of 1.0.*\n"
        "  1       1.0.5 is the highest of 1.*\n"
        "  master  the branch map has it for master\n"
        "Not moved:\n"
        "  latest  2.0.0 is the highest of all versions\n"
    )
    assert done.stderr == (
        "note: aliases go by the tags of this clone; the registry may have other versions\n"
    )


def test_json_has_the_keys_of_the_usual_action_and_reasons(made: Repository) -> None:
    told = json.loads(tags(made, "--json", "--aliases-from-git").stdout)
    labels = {
        "longshore.branch": "master",
        "org.opencontainers.image.created": "2026-01-02T03:04:05+00:00",
        "org.opencontainers.image.revision": made.head(),
        "org.opencontainers.image.source": "https://example.com/acme/app",
        "org.opencontainers.image.title": "app",
        "org.opencontainers.image.url": "https://example.com/acme/app",
        "org.opencontainers.image.version": "1.0.5",
    }
    assert told == {
        "version": "1.0.5",
        "tags": [f"{IMAGE}:{tag}" for tag in ("1.0.5", "1.0", "1", "master")],
        "tag-names": ["1.0.5", "1.0", "1", "master"],
        "labels": labels,
        "annotations": [f"manifest:{key}={value}" for key, value in labels.items()],
        "reasons": {
            "1.0.5": "the version itself",
            "1.0": "1.0.5 is the highest of 1.0.*",
            "1": "1.0.5 is the highest of 1.*",
            "master": "the branch map has it for master",
        },
        "withheld": {"latest": "2.0.0 is the highest of all versions"},
        "undecided": [],
        "notes": [],
    }


def test_outputs_are_added_to_the_file_of_the_step(made: Repository, tmp_path: Path) -> None:
    file = tmp_path / "outputs"
    file.write_text("before=1\n")
    done = tags(made, "--github-output", GITHUB_OUTPUT=str(file))
    assert (done.returncode, done.stdout) == (0, "")
    before, _, written = file.read_text().partition("\n")
    assert before == "before=1"
    outputs = {
        key: value.splitlines()
        for key, _, value in re.findall(r"([\w-]+)<<(\S+)\n(.*?)\n\2\n", written, re.DOTALL)
    }
    assert outputs["version"] == ["1.0.5"]
    assert outputs["tags"] == [f"{IMAGE}:1.0.5", f"{IMAGE}:master"]
    assert outputs["tag-names"] == ["1.0.5", "master"]
    assert f"org.opencontainers.image.revision={made.head()}" in outputs["labels"]
    assert f"manifest:org.opencontainers.image.revision={made.head()}" in outputs["annotations"]
    assert json.loads(outputs["json"][0])["version"] == "1.0.5"


def test_dotenv_can_be_read_by_a_shell(made: Repository) -> None:
    printed = tags(made, "--dotenv").stdout
    read = subprocess.run(
        ["sh", "-c", f"{printed}\necho $IMAGE $IMAGE_VERSION $IMAGE_TAGS $IMAGE_TAG_NAMES"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert read.stdout == (f"{IMAGE} 1.0.5 {IMAGE}:1.0.5,{IMAGE}:master 1.0.5,master\n")
    assert f"IMAGE_REVISION={made.head()}\n" in printed


def test_the_user_knows_better(made: Repository) -> None:
    assert "\n  feature-x  " in tags(made, "--branch", "feature/x").stdout
    assert "\n  1.0.6   " in tags(made, "--version", "1.0.6").stdout
    (made.folder / "file").write_text("changed")
    assert "\n  master-dirty  " in tags(made, "--dirty").stdout


def test_a_variant_is_one_of_the_file(made: Repository) -> None:
    file = made.folder / "own.yaml"
    file.write_text(f"image: {IMAGE}\nvariants: {{names: [stretch]}}\n")
    done = tags(made, "--variant", "stretch", "--project", "own.yaml", "--aliases-from-git")
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names == [
        *(IMAGE, "1.0.5-stretch", "1.0-stretch", "1-stretch", "master-stretch"),
        *("Not", "stretch"),
    ]


def test_without_a_file_it_says_how_to_get_one(made: Repository) -> None:
    (made.folder / "longshore.yaml").unlink()
    made.git("commit", "--quiet", "--all", "--message=without")
    done = tags(made)
    assert done.stdout.startswith("localhost:5000/app\n  master  ")
    assert done.stderr == "note: there is no longshore.yaml; `longshore init` writes one\n"


def test_without_git_a_version_or_a_branch_will_do(tmp_path: Path) -> None:
    (tmp_path / "longshore.yaml").write_text(f"image: {IMAGE}\n")
    done = longshore_in(tmp_path, "tags", "--version", "1.0.5", "--json")
    told = json.loads(done.stdout)
    assert told["tag-names"] == ["1.0.5"]
    assert told["labels"] == {
        "org.opencontainers.image.title": "app",
        "org.opencontainers.image.version": "1.0.5",
    }
    done = longshore_in(tmp_path, "tags")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is in no git repository" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environ", "code", "told"),
    [
        (["--json", "--dotenv"], {}, 2, "exclude each other"),
        (["--github-output"], {}, 2, "GITHUB_OUTPUT"),
        (["--project", "none.yaml"], {}, 2, "longshore: none.yaml: No such file"),
        (["--version", "1.0"], {}, 3, "longshore: 1.0 is the name of an alias"),
        (["--variant", "x"], {}, 3, "longshore: there is no variant x"),
        (["--github-output"], {"GITHUB_OUTPUT": "/no/where"}, 1, "/no/where: No such file"),
    ],
)
def test_exit_codes_tell_why_there_is_no_name(
    made: Repository, arguments: list[str], environ: dict[str, str], code: int, told: str
) -> None:
    done = tags(made, *arguments, **environ)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_in_doubt_ends_with_code_1_and_what_is_refused_with_3(made: Repository) -> None:
    made.git("switch", "--quiet", "--detach", "next~1")
    made.git("tag", "--delete", "v1.0.5")
    done = tags(made)
    assert (done.returncode, done.stdout) == (1, "")
    assert "say --branch or --version" in done.stderr
    (made.folder / "file").write_text("changed")
    done = tags(made, "--branch", "x")
    assert (done.returncode, done.stdout) == (3, "")
    assert "files differ from the commit (file)" in done.stderr
