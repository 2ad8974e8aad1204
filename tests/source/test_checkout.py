"""A checkout as it is found: its facts, and each trouble with the command that mends it."""

from pathlib import Path

import pytest

from longshore.delivery.errors import Undetermined
from longshore.delivery.tags.checkout import Checkout
from longshore.source import checkout
from longshore.source.errors import NoRepository, SourceError
from tests.source.repository import ENVIRON, Repository


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    made = Repository.make(tmp_path / "made")
    made.commit("first")
    return made


def read(repository: Repository | Path, **environ: str) -> Checkout:
    folder = repository if isinstance(repository, Path) else repository.folder
    return checkout.read(folder, ENVIRON | environ)


def test_what_git_says(made: Repository) -> None:
    made.git("tag", "v1.0.5")
    made.git("tag", "--annotate", "--message=x", "v1.0.4")
    made.git("remote", "add", "origin", "git@example.com:acme/app.git")
    assert read(made) == Checkout(
        commit=made.head(),
        committed_at="2026-01-02T03:04:05+00:00",
        branch="master",
        tags=("v1.0.4", "v1.0.5"),
        source="https://example.com/acme/app",
    )


def test_a_folder_of_the_checkout_will_do(made: Repository) -> None:
    (made.folder / "sub").mkdir()
    assert read(made.folder / "sub") == read(made)


def test_the_only_remote_counts_whatever_its_name(made: Repository) -> None:
    made.git("remote", "add", "upstream", "https://token@example.com/acme/app")
    assert read(made).source == "https://example.com/acme/app"
    made.git("remote", "add", "fork", "https://example.com/ann/app")
    assert read(made).source == ""


def test_a_detached_head_has_no_branch(made: Repository) -> None:
    made.git("switch", "--quiet", "--detach")
    assert read(made).branch is None
    assert read(made, CI="true", BRANCH_NAME="feature/x").branch == "feature/x"


def test_git_knows_the_branch_better_than_variables(made: Repository) -> None:
    assert read(made, CI="true", BRANCH_NAME="feature/x").branch == "master"


def test_changes_are_those_of_files_that_git_has(made: Repository) -> None:
    (made.folder / "new").write_text("")
    assert read(made).changes == ()
    (made.folder / "file").write_text("changed")
    (made.folder / "é").write_text("")
    made.git("add", "é")
    assert read(made).changes == ("file", "é")


def test_the_tag_of_a_build_counts_where_the_clone_does_not_have_it(made: Repository) -> None:
    build = {"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/tags/v1.0.5"}
    assert read(made, **build).tags == ("v1.0.5",)
    made.git("tag", "v1.0.5")
    made.commit("second")
    assert read(made, **build).tags == ()


def test_a_worktree_is_a_checkout(made: Repository) -> None:
    made.git("worktree", "add", "--quiet", "-b", "feature/x", str(made.folder / ".." / "tree"))
    assert read(made.folder.parent / "tree").branch == "feature/x"


def test_a_submodule_is_a_checkout_of_its_own(made: Repository, tmp_path: Path) -> None:
    whole = Repository.make(tmp_path / "whole")
    allowed = ("-c", "protocol.file.allow=always")
    whole.git(*allowed, "submodule", "--quiet", "add", made.url, "part")
    whole.commit("with a part")
    whole.git("tag", "v9.0.0")
    whole.git("-C", "part", "switch", "--quiet", "--detach")
    part = read(whole.folder / "part")
    assert (part.commit, part.branch, part.tags) == (made.head(), None, ())
    (whole.folder / "part" / "new").write_text("")
    assert read(whole).changes == ()
    (whole.folder / "part" / "file").write_text("changed")
    assert read(whole).changes == ("part",)


def test_a_shallow_clone_is_told_as_such(made: Repository, tmp_path: Path) -> None:
    made.commit("second")
    made.git("clone", "--quiet", "--depth=1", made.url, str(tmp_path / "clone"))
    shallow = tmp_path / "clone"
    assert read(shallow).is_shallow
    with pytest.raises(Undetermined, match="git fetch --unshallow --tags"):
        checkout.all_tags(shallow, ENVIRON)
    Repository(shallow).git("fetch", "--quiet", "--unshallow", "--tags")
    assert not read(shallow).is_shallow


def test_all_tags(made: Repository) -> None:
    made.git("tag", "v1.0.5")
    made.commit("second")
    made.git("tag", "other")
    assert checkout.all_tags(made.folder, ENVIRON) == ["other", "v1.0.5"]


def test_a_folder_outside_any_repository(tmp_path: Path) -> None:
    with pytest.raises(NoRepository, match="`git init` one"):
        read(tmp_path)


def test_no_git_at_all(made: Repository) -> None:
    with pytest.raises(NoRepository, match="git is not installed"):
        read(made, PATH="/nonexistent")


def test_no_commit_yet(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no commit yet: `git commit`"):
        read(Repository.make(tmp_path / "empty"))


def test_a_bare_repository(made: Repository, tmp_path: Path) -> None:
    made.git("clone", "--quiet", "--bare", made.url, str(tmp_path / "bare"))
    for folder in (tmp_path / "bare", made.folder / ".git"):
        with pytest.raises(SourceError, match="without a checkout: `git clone` it"):
            read(folder)


def test_a_checkout_of_somebody_else(made: Repository) -> None:
    with pytest.raises(SourceError, match=r"`git config --global --add safe\.directory /"):
        read(made, GIT_TEST_ASSUME_DIFFERENT_OWNER="1")


def test_whatever_else_git_says_is_passed_on(made: Repository) -> None:
    (made.folder / ".git" / "index").write_text("damaged")
    with pytest.raises(SourceError, match=r"git status: .*index file"):
        read(made)
