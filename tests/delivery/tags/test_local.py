"""Which of an engine's images a checkout means, as people name them when they build."""

import pytest

from longshore.delivery.errors import Refused, Undetermined
from longshore.delivery.tags.local import LocalImage, choose, notes
from longshore.oci.image import ImageReference
from longshore.registry.history import REVISION_KEY

TARGET = ImageReference.parse("registry.example.com/team/app")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def image(number: int, *names: str, revision: str = "") -> LocalImage:
    labels = {REVISION_KEY: revision} if revision else {}
    return LocalImage(f"sha256:{number:064x}", names, labels=labels, created=number)


def chosen(*images: LocalImage, tags: tuple[str, ...] = ("develop",)) -> str:
    return choose(images, TARGET, tags, COMMIT).id[-1]


@pytest.mark.parametrize(
    "name",
    [
        "app:latest",
        "app:anything",
        "team/app:latest",
        "registry.example.com/team/app:latest",
        "registry.example.com/team/app:develop",
    ],
)
def test_an_image_is_meant_by_the_whole_name_or_its_end_with_any_tag(name: str) -> None:
    others = image(2, "base:latest", "other.example.com/team/app:develop", "application:latest")
    assert chosen(others, image(1, name)) == "1"


def test_one_of_the_commit_comes_first_and_of_several_the_newest() -> None:
    old = image(1, "app:old", revision=COMMIT)
    new = image(2, "app:new", revision=COMMIT)
    silent = image(3, "registry.example.com/team/app:develop")
    other = image(4, "app:latest", revision="f" * 40)
    assert chosen(old, new, silent, other) == "2"


def test_of_images_that_do_not_say_what_they_are_the_tag_of_the_branch_counts_then_latest() -> None:
    images = [image(1, "app:develop"), image(2, "app:latest"), image(3, "app:master")]
    assert chosen(*images) == "1"
    assert chosen(*images, tags=("feature-x",)) == "2"
    assert chosen(images[2], tags=("feature-x",)) == "3"


def test_one_image_under_many_names_is_one_and_is_called_by_the_name_that_is_meant() -> None:
    found = choose([image(1, "base:1", "app:a", "app:develop")], TARGET, ("develop",), COMMIT)
    assert str(found) == "app:a"
    assert str(image(1)) == "000000000000"


def test_in_doubt_nothing_is_chosen() -> None:
    with pytest.raises(Undetermined, match=r"name one of them: app:a, app:b$"):
        chosen(image(1, "app:a"), image(2, "app:b"))


def test_what_was_built_from_another_commit_is_refused() -> None:
    old = image(1, "app:latest", revision="f" * 40)
    with pytest.raises(
        Refused, match=r"^app:latest was built from ffffffffffff, and this is 01234"
    ):
        chosen(old)
    assert choose([old], TARGET, (), "").id == old.id  # no commit is known to compare it with


def test_without_an_image_it_says_how_to_build_one() -> None:
    nameless, odd = image(1), image(2, "UPPER CASE")
    with pytest.raises(Undetermined) as told:
        chosen(nameless, odd)
    assert str(told.value).startswith(
        "Docker Engine has no image registry.example.com/team/app, team/app, app:"
        " `docker build --tag app .`"
    )


def test_what_an_image_does_not_say_is_noted_and_so_is_another_commit() -> None:
    assert notes(image(1, "app:1", revision=COMMIT), COMMIT) == []
    [silent] = notes(image(1, "app:1"), COMMIT)
    assert f"--label {REVISION_KEY}=" in silent
    [other] = notes(image(1, "app:1", revision="f" * 40), COMMIT)
    assert other == "app:1 was built from ffffffffffff, not from this commit"
