"""The policy: what can be said."""

import pytest

from longshore.delivery.tags.policy import (
    Alias,
    BranchRule,
    Policy,
    Protection,
    Variants,
)


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("minor", "{major}.{minor}"),
        ("major", "{major}"),
        ("latest", "latest"),
        ("stable", "stable"),
        ("v{major}", "v{major}"),
        ("{major}-{minor}-lts", "{major}-{minor}-lts"),
    ],
)
def test_aliases(text: str, template: str) -> None:
    assert Alias.parse(text) == Alias(template)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{minor}",
        "{minor}.{major}",
        "{patch}",
        "{major}{minor}",
        "1{major}",
        "{major}1",
        "{major}.{minor}.0",
        "1.0.0",
        "12",
        "1.0",
        "v2",
        "a/b",
        "-{major}",
        "x" * 33,
    ],
)
def test_what_is_no_alias_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"alias|tag|characters"):
        Alias.parse(text)


@pytest.mark.parametrize("template", ["{slug}-{slug}", "{branch}", "a b", "-{slug}", "x" * 33])
def test_a_branch_gets_a_tag_or_none(template: str) -> None:
    BranchRule("wip/*", "")
    with pytest.raises(ValueError, match=r"field|tag|characters"):
        BranchRule("*", template)


def test_aliases_that_would_meet_are_refused() -> None:
    with pytest.raises(ValueError, match="called latest"):
        Policy(channel="latest")
    with pytest.raises(ValueError, match="called next"):
        Policy(channel="next", variants=Variants(("next",)))
    with pytest.raises(ValueError, match="called lts-2"):
        Policy(aliases=(Alias("lts-{major}"), Alias("lts-2")))
    with pytest.raises(ValueError, match="called 1-lts"):
        Policy(aliases=(Alias("{major}"), Alias("{major}-lts")), variants=Variants(("lts",)))


@pytest.mark.parametrize("channel", ["major", "{major}", "1.0", "a/b", "{x}"])
def test_a_channel_is_one_tag(channel: str) -> None:
    with pytest.raises(ValueError, match=r"channel|alias|tag"):
        Policy(channel=channel)


def test_a_default_variant_is_one_of_them() -> None:
    with pytest.raises(ValueError, match="not among the names"):
        Variants(("a",), default="b")
    with pytest.raises(ValueError, match="a variant"):
        Variants(("1",))


def test_protected_tags_move_for_some_only() -> None:
    policy = Policy(
        protections=(
            Protection("latest", frozenset({"ci", "ann"})),
            Protection("*", frozenset({"ci", "bob"})),
        )
    )
    assert policy.movers("latest") == [{"ci", "ann"}, {"ci", "bob"}]
    assert policy.movers("1.0") == [{"ci", "bob"}]
    assert Policy().movers("latest") == []


@pytest.mark.parametrize(
    ("prefix", "tag", "version"),
    [
        ("v", "v1.0.5", "1.0.5"),
        ("v", "1.0.5", "1.0.5"),
        ("v", "vnext", "vnext"),
        ("", "1.0.5", "1.0.5"),
        ("", "v1.0.5", "v1.0.5"),
        ("app-", "app-1.0.5", "1.0.5"),
        ("app-", "1.0.5", None),
    ],
)
def test_the_prefix_of_tags_in_git(prefix: str, tag: str, version: str | None) -> None:
    assert Policy(tag_prefix=prefix).version_in_git(tag) == version
