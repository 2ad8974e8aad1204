"""The project file: what it may say, what it is refused for, and the policy it makes."""

from pathlib import Path

import pytest

from longshore.delivery.tags.policy import Alias, BranchRule, Policy, Protection, Variants
from longshore.source import project
from longshore.source.errors import ProjectError
from longshore.source.project import Project


def load(folder: Path, text: str) -> Project:
    file = folder / project.FILE
    file.write_text(text, encoding="utf-8")
    return project.load(file)


def test_an_image_is_enough_and_the_rest_is_the_sample_approach(tmp_path: Path) -> None:
    found = load(tmp_path, "image: localhost:5000/team/app\n")
    assert found.title == "app"
    assert found.to_policy() == Policy()
    assert found.public is None


BRANCHES = {"trunk": "edge", "pr/*": "preview-{slug}", "wip/*": ""}


def test_all_that_can_be_said(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        """
        version: 1
        image: registry.example.com/team/app
        x-own: {anything: [at, all]}
        branches: {trunk: edge, "pr/*": "preview-{slug}", "wip/*": ""}
        lookalikes: refuse
        releases:
          x-own: too
          tag_prefix: app-
          branches: [trunk]
          immutable: no
          aliases: [minor, "v{major}", stable]
          zero_major: true
          prerelease_channel: next
          build_metadata: separate
        variants: {names: [stretch, alpine3.19], default: stretch}
        protected: {latest: [ci, "@releasers"]}
        public: {to: docker.io/acme/app, prereleases: true}
        """,
    )
    assert found.to_policy() == Policy(
        immutable=False,
        aliases=(Alias("{major}.{minor}"), Alias("v{major}"), Alias("stable")),
        zero_major=True,
        channel="next",
        builds="separate",
        tag_prefix="app-",
        variants=Variants(("stretch", "alpine3.19"), "stretch"),
        branches=tuple(BranchRule(*rule) for rule in BRANCHES.items()),
        lookalikes="refuse",
        release_branches=("trunk",),
        protections=(Protection("latest", frozenset({"ci", "@releasers"})),),
    )
    assert found.public
    assert (found.public.to, found.public.prereleases) == ("docker.io/acme/app", True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", ":1: image: Field required"),
        ("image: a\nimmage: b", ":2: immage: there is no such key; did you mean image?"),
        ("image: a\nzzz: b", ":2: zzz: there is no such key"),
        (
            "image: a\nreleases:\n  alises: []",
            ":3: releases.alises: there is no such key; did you mean aliases?",
        ),
        ("image: a\npublic:\n  too: b", ":3: public.to: Field required"),
        ("image: a\nversion: 2", ":2: version: Input should be less than or equal to 1, not '2'"),
        ("image: a\nreleases: b", ":2: releases: Input should be a valid dictionary or instance"),
        ("image: a\nvariants:\n  names: [b, 1]", ":3: variants.names.1: a variant has at most"),
        ("image: a\nvariants:\n  default: b", ":1: longshore.yaml: the default variant b is not"),
        ("image: a\nbranches: {a: a/b}", ":1: longshore.yaml: a/b: a tag is at most 128"),
        ("image: a\nreleases: {aliases: ['{x}']}", ":2: releases.aliases.0: an alias has no field"),
        ("image: a\nreleases: {prerelease_channel: latest}", ":1: longshore.yaml: two aliases"),
        ("image: a\nprotected: {a: ['']}", ":2: protected.a.0: write an account, or a group as @"),
        ("- image", ":1: longshore.yaml: Input should be a valid dictionary or instance"),
        ("image: a\nimage: b", ": line 2: image is there twice"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ProjectError) as refused:
        load(tmp_path, text)
    assert str(refused.value).startswith(f"{tmp_path / project.FILE}{told}")


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as refused:
        load(tmp_path, "branches: 1\nimage: A\nother: 1\n")
    lines = [line.removeprefix(str(tmp_path)) for line in str(refused.value).splitlines()]
    assert [line.split(": ")[0] for line in lines] == [
        "/longshore.yaml:1",
        "/longshore.yaml:2",
        "/longshore.yaml:3",
    ]


@pytest.mark.parametrize(
    "image",
    [
        "app",
        "team/app",
        "localhost/app",
        "localhost:5000/app",
        "registry:5000/app",
        "registry.example.com/team/app",
        "docker.io/acme/app",
    ],
)
def test_images(image: str) -> None:
    assert Project(image=image).image == image


@pytest.mark.parametrize(
    "image", ["", "App", "app:1", "localhost:5000", "localhost:5000/app:1", "a@sha256:x", "h.io/"]
)
def test_what_is_no_image_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match="without a tag"):
        Project(image=image)


def test_the_file_is_found_from_below_and_not_beyond_the_checkout(tmp_path: Path) -> None:
    below = tmp_path / "checkout" / "part" / "deep"
    below.mkdir(parents=True)
    (tmp_path / project.FILE).touch()
    assert project.find(below) == tmp_path / project.FILE
    (tmp_path / "checkout" / ".git").touch()
    assert project.find(below) is None
    (below.parent / project.FILE).touch()
    assert project.find(below) == below.parent / project.FILE


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="No such file"):
        project.load(tmp_path / project.FILE)
    (tmp_path / project.FILE).write_bytes(b"image: \xff\n")
    with pytest.raises(ProjectError, match="utf-8"):
        project.load(tmp_path / project.FILE)


def test_the_schema_has_every_key() -> None:
    schema = Project.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    assert all(part["patternProperties"] == {"^x-": {}} for part in parts)
    assert schema["required"] == ["image"]
