"""`longshore release`: a version and its aliases, for an image that is there or one that comes."""

from tests.cli.checkouts import Checkout


def test_the_image_of_this_commit_is_not_uploaded_again(checkout: Checkout) -> None:
    pushed = checkout.done("push", checkout.build())["containerimage.digest"]
    checkout.made.git("tag", "v1.0.5")
    done = checkout.run("release")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"{checkout.image}:{tag}@{pushed}" for tag in ("1.0.5", "1.0", "1", "latest")
    ]
    assert f"note: {checkout.image}:develop is of this commit: nothing is uploaded" in done.stderr
    assert checkout.tags() == dict.fromkeys(("1.0.5", "1.0", "1", "latest", "develop"), pushed)


def test_a_build_of_the_tag_finds_it_under_the_branch_that_it_does_not_know(
    checkout: Checkout,
) -> None:
    """HEAD is detached, as build systems have it."""
    checkout.made.start("master", "develop")
    pushed = checkout.done("push", checkout.build())["containerimage.digest"]
    checkout.made.git("tag", "v1.0.5")
    checkout.made.git("switch", "--quiet", "--detach")
    assert checkout.done("release")["containerimage.digest"] == pushed


def test_an_image_of_another_commit_is_not_released(checkout: Checkout) -> None:
    checkout.done("push", checkout.build())
    checkout.made.commit("second")
    checkout.made.git("tag", "v1.0.5")
    done = checkout.run("release", DOCKER_HOST="unix:///nowhere.sock")
    assert done.returncode == 1  # it is to come from the engine, and there is none
    built = checkout.build()
    released = checkout.done("release", built)
    assert released["containerimage.digest"] != checkout.tags()["develop"]
    assert checkout.tags()["1.0.5"] == released["containerimage.digest"]


def test_names_that_move_are_something_to_do(checkout: Checkout) -> None:
    built = checkout.build()
    checkout.done("push", built)
    checkout.made.git("tag", "v1.0.5")
    moved, again = checkout.run("release", built), checkout.run("release", built)
    assert moved.stderr.splitlines()[-1] == "Nothing to upload: all of the image is there."
    assert again.stderr.splitlines()[-1] == "Nothing to do: all of it is there."


def test_an_old_line_moves_its_own_aliases_only(checkout: Checkout) -> None:
    for version in ("2.0.0", "1.0.5"):
        checkout.done("release", checkout.build(), "--version", version)
    done = checkout.run("release", checkout.build(), "--version", "1.0.6")
    assert [line.partition("@")[0].rpartition(":")[2] for line in done.stdout.splitlines()] == [
        *("1.0.6", "1.0", "1"),
    ]
    assert "stays  latest  2.0.0 is the highest of all versions" in done.stderr
    tags = checkout.tags()
    assert tags["1"] == tags["1.0"] == tags["1.0.6"]
    assert tags["latest"] == tags["2.0.0"]


def test_a_prerelease_has_its_own_name_only(checkout: Checkout) -> None:
    done = checkout.done("release", checkout.build(), "--version", "1.2.0-rc.1")
    assert sorted(checkout.tags()) == ["1.2.0-rc.1"]
    assert {each["tag"]: each["moves"] for each in done["tags"]} == {
        "1.2.0-rc.1": True,
        "1.2": False,
        "1": False,
        "latest": False,
    }


def test_the_same_again_succeeds_and_says_by_its_exit_code_that_it_was_nothing(
    checkout: Checkout,
) -> None:
    built = checkout.build()
    words = ["release", built, "--version", "1.0.5", "--exit-code"]
    assert [checkout.run(*words).returncode for _ in range(2)] == [0, 4]


def test_other_content_for_a_version_is_refused(checkout: Checkout) -> None:
    checkout.done("release", checkout.build(), "--version", "1.0.5")
    before = checkout.tags()
    done = checkout.run("release", checkout.build(), "--version", "1.0.5")
    assert (done.returncode, done.stdout) == (3, "")
    assert "a version never changes" in done.stderr
    assert checkout.tags() == before


def test_a_dry_run_releases_nothing(checkout: Checkout) -> None:
    pushed = checkout.done("push", checkout.build())["containerimage.digest"]
    done = checkout.run("release", "--version", "1.0.5", "--dry-run")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"{checkout.image}:1.0.5@{pushed}")
    assert sorted(checkout.tags()) == ["develop"]
