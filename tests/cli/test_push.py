"""`longshore push` in a checkout: names, order, what goes and what does not."""

import contextlib
from pathlib import Path

import pytest

from longshore.delivery.tags.branches import slug
from tests.cli.checkouts import Checkout
from tests.cli.program import longshore
from tests.client.registries import running
from tests.clients.content import Layout

HASHED = slug("feature/x", 128, with_hash=True)


def test_a_branch_is_pushed_under_its_tag(checkout: Checkout) -> None:
    done = checkout.run("push", checkout.build())
    [(tag, digest)] = checkout.tags().items()
    assert (done.returncode, done.stdout) == (0, f"{checkout.image}:develop@{digest}\n")
    assert done.stderr.splitlines()[-1].startswith("1 manifest, 2 blobs: ")
    assert tag == "develop"


def test_master_at_a_version_has_all_its_names_at_one_moment(checkout: Checkout) -> None:
    checkout.made.start("master", "develop")
    checkout.made.git("tag", "v1.0.5")
    done = checkout.done("push", checkout.build())
    names = ["1.0.5", "1.0", "1", "latest", "master"]
    assert done["image.name"] == ",".join(f"{checkout.image}:{name}" for name in names)
    assert [each["tag"] for each in done["tags"] if each["moves"]] == names
    assert done["at_once"]
    assert checkout.tags() == dict.fromkeys(names, done["containerimage.digest"])


def test_pushed_again_it_is_nothing_to_do(checkout: Checkout) -> None:
    built = checkout.build()
    assert checkout.run("push", built, "--exit-code").returncode == 0
    done = checkout.run("push", built, "--exit-code")
    assert done.returncode == 4
    assert "stays  develop  it is there already, with this content" in done.stderr


def test_a_dry_run_says_what_would_be_and_pushes_nothing(checkout: Checkout) -> None:
    done = checkout.run("push", checkout.build(), "--dry-run")
    assert done.returncode == 0
    assert done.stdout.startswith(f"{checkout.image}:develop@sha256:")
    assert "Nothing was pushed, and no name set." in done.stderr
    planned = checkout.done("push", checkout.build(), "--dry-run")
    assert (planned["event"], planned["nothing_to_do"]) == ("plan", False)
    assert checkout.tags() == {}


def test_a_version_with_other_content_is_refused_and_no_tag_moves(checkout: Checkout) -> None:
    checkout.made.git("tag", "v1.0.5")
    checkout.done("push", checkout.build())
    before = checkout.tags()
    done = checkout.run("push", checkout.build())
    assert (done.returncode, done.stdout) == (3, "")
    assert "1.0.5 exists with other content" in done.stderr
    assert checkout.tags() == before


def test_two_branches_never_share_a_tag(checkout: Checkout) -> None:
    checkout.made.start("feature-x", "develop")
    first = checkout.done("push", checkout.build())["containerimage.digest"]
    checkout.made.start("feature/x", "develop")
    second = checkout.done("push", checkout.build())["containerimage.digest"]
    assert first != second
    tags = checkout.tags()
    assert tags["feature-x"] == first
    assert [tag for tag, digest in tags.items() if digest == second] == [HASHED]


def test_the_registry_may_be_said_by_a_variable(checkout: Checkout) -> None:
    name = checkout.image.removeprefix(f"{checkout.host}/")
    (checkout.made.folder / "own.yaml").write_text(f"image: {name}\n")
    built = checkout.build()
    done = checkout.run(
        "push", built, "--project", "own.yaml", LONGSHORE_SERVER=f"http://{checkout.host}/"
    )
    assert done.stdout.startswith(f"{checkout.image}:develop@sha256:")
    shown = checkout.run("tags", "--project", "own.yaml")
    assert shown.stdout.startswith(f"localhost:5000/{name}\n")


def test_elsewhere_the_names_are_set_one_after_the_other_and_it_says_so(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with running("registry-2.8", tmp_path_factory.mktemp("old")) as host:
        checkout = Checkout(tmp_path, host)
        checkout.made.git("tag", "v1.0.5")
        done = checkout.run("push", checkout.build())
        assert done.returncode == 0
        assert "the names were set one after the other" in done.stderr
        assert sorted(checkout.tags()) == ["1", "1.0", "1.0.5", "develop", "latest"]


def test_tags_can_ask_the_registry(checkout: Checkout) -> None:
    checkout.made.git("tag", "v2.0.0")
    checkout.done("push", checkout.build())
    checkout.made.git("tag", "--delete", "v2.0.0")
    checkout.made.commit("a fix")
    checkout.made.git("tag", "v1.0.6")
    done = checkout.run("tags", "--registry")
    assert done.stdout == (
        f"{checkout.image}\n"
        "  1.0.6    the version itself\n"
        "  1.0      1.0.6 is the highest of 1.0.*\n"
        "  1        1.0.6 is the highest of 1.*\n"
        "  develop  the branch map has it for develop\n"
        "Not moved:\n"
        "  latest   2.0.0 is the highest of all versions\n"
    )
    assert done.stderr == ""
    both = checkout.run("tags", "--registry", "--aliases-from-git")
    assert (both.returncode, both.stdout) == (2, "")


def test_a_place_that_is_named_needs_no_checkout(tmp_path: Path, longshore_host: str) -> None:
    layout = Layout(tmp_path / "layout")
    layout.tag("1.0", layout.image({"message": b"hello"}))
    done = longshore("push", f"{layout.path}:1.0", f"{longshore_host}/named")
    assert done.stdout.startswith(f"{longshore_host}/named:1.0@sha256:")
    planned = longshore("push", f"{layout.path}:1.0", f"{longshore_host}/other", "--dry-run")
    assert "would go. Nothing has." in planned.stderr


@pytest.mark.parametrize(
    ("words", "environ", "code", "told"),
    [
        (["push"], {"DOCKER_HOST": "unix:///nowhere.sock"}, 1, "no Docker Engine answers at unix"),
        (["push", "app:1"], {"DOCKER_HOST": "ssh://far"}, 1, "engines are not spoken to over ssh"),
        (["push", "./absent"], {}, 1, "absent: No such file"),
        (["release"], {}, 1, "no version is tagged at this commit: `git tag v1.0.5`"),
        (["release", "--version", "1.0"], {}, 3, "1.0 is the name of an alias"),
    ],
)
def test_why_nothing_was_pushed_is_told_in_a_line(
    checkout: Checkout, words: list[str], environ: dict[str, str], code: int, told: str
) -> None:
    done = checkout.run(*words, **environ)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    with contextlib.suppress(KeyError):
        assert checkout.tags() == {}
