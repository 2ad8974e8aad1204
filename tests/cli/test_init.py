"""`longshore init`, as a user types it."""

import json
from pathlib import Path

import pytest

from longshore.delivery.tags.policy import SLUG, BranchRule, Policy
from longshore.source import project
from tests.cli.program import longshore_in
from tests.source.repository import Repository


def rules(*branches: str) -> tuple[BranchRule, ...]:
    slugs = ("release/*", "hotfix/*", "support/*", "feature/*", "*")
    return (
        *(BranchRule(each, each) for each in branches),
        *(BranchRule(each, SLUG) for each in slugs),
    )


def test_it_finds_out_what_git_knows(tmp_path: Path) -> None:
    made = Repository.make(tmp_path / "folder", "trunk")
    made.commit("first")
    made.git("remote", "add", "origin", "git@example.com:acme/App.git")
    made.git("update-ref", "refs/remotes/origin/develop", "HEAD")
    done = longshore_in(made.folder, "init")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Wrote longshore.yaml for localhost:5000/app.")
    written = project.load(made.folder / "longshore.yaml")
    assert written.image == "localhost:5000/app"
    assert written.to_policy() == Policy(branches=rules("develop", "trunk"))
    assert longshore_in(made.folder, "tags").returncode == 0


def test_it_tells_programs_what_it_wrote(tmp_path: Path) -> None:
    done = longshore_in(tmp_path, "init", "--image", "localhost:5000/app", "--json")
    assert json.loads(done.stdout) == {"file": "longshore.yaml", "image": "localhost:5000/app"}


def test_without_git_the_sample_approach_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "My App"
    folder.mkdir()
    assert longshore_in(folder, "init").returncode == 0
    written = project.load(folder / "longshore.yaml")
    assert written.image == "localhost:5000/my-app"
    assert written.to_policy() == Policy()


def test_a_part_of_a_checkout_is_called_after_its_folder(tmp_path: Path) -> None:
    made = Repository.make(tmp_path / "whole")
    made.git("remote", "add", "origin", "git@example.com:acme/whole.git")
    part = made.folder / "web"
    part.mkdir()
    longshore_in(part, "init")
    assert project.load(part / "longshore.yaml").image == "localhost:5000/web"


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "longshore.yaml"
    file.write_text("mine")
    done = longshore_in(tmp_path, "init")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "longshore: longshore.yaml exists: --force writes over it\n"
    assert file.read_text() == "mine"
    done = longshore_in(tmp_path, "init", "--force", "--image", "r.example.com/team/app")
    assert done.returncode == 0
    assert project.load(file).image == "r.example.com/team/app"


@pytest.mark.parametrize("image", ["App", "app:1.0"])
def test_what_is_no_image_is_refused_and_nothing_written(tmp_path: Path, image: str) -> None:
    done = longshore_in(tmp_path, "init", "--image", image)
    assert done.returncode == 2
    assert "write an image without a tag" in done.stderr
    assert list(tmp_path.iterdir()) == []
