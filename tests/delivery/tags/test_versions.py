"""Versions: the grammar and the order of semver.org, builds as tags spell them, variants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.delivery.tags.versions import TAG_LIMIT, Version, check_variant
from longshore.oci.names import Tag

VARIANTS = ("bookworm", "slim-bookworm", "alpine3.19")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0.0.0", Version(0, 0, 0)),
        ("1.0.5", Version(1, 0, 5)),
        ("1.2.0-rc.1", Version(1, 2, 0, "rc.1")),
        ("1.0.0-x-y-z.--", Version(1, 0, 0, "x-y-z.--")),
        ("1.0.0-0a.0", Version(1, 0, 0, "0a.0")),
        ("1.0.5+b7", Version(1, 0, 5, build="b7")),
        ("1.0.5_b7.001", Version(1, 0, 5, build="b7.001")),
        ("1.0.5-rc.1-bookworm+b7", Version(1, 0, 5, "rc.1", "b7", "bookworm")),
        ("3.12.0-slim-bookworm", Version(3, 12, 0, variant="slim-bookworm")),
        ("3.12.0-alpine3.19", Version(3, 12, 0, variant="alpine3.19")),
        ("3.12.0-fat-bookworm", Version(3, 12, 0, "fat", variant="bookworm")),
        ("3.12.0-bookworm.1", Version(3, 12, 0, "bookworm.1")),
    ],
)
def test_versions(text: str, version: Version) -> None:
    assert Version.read(text, VARIANTS) == version
    assert str(version) == text.replace("+", "_")
    assert Tag.parse(text.replace("+", "_")) == version.tag


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.0",
        "v1.0.5",
        "1.0.5.0",
        "01.0.5",
        "1.00.5",
        "1.0.5-",
        "1.0.5-01",
        "1.0.5-a..b",
        "1.0.5+",
        "1.0.5_",
        "1.0.5_a_b",
        "1.0.5+a+b",
        "1.0-bookworm",
        "-bookworm",
        "1.0.5\n",
        "1.0.٣",
        "latest",
        "1.0." + "5" * TAG_LIMIT,
    ],
)
def test_what_is_no_version(text: str) -> None:
    assert Version.read(text, VARIANTS) is None


ORDERED = [  # semver.org, section 11, and some
    *("0.9.9", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1"),
    *("1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"),
    *("1.9.0", "1.10.0", "2.0.0-0", "2.0.0"),
]


@given(st.permutations(ORDERED))
def test_the_order_is_that_of_the_specification(mixed: list[str]) -> None:
    read = [version for text in mixed if (version := Version.read(text))]
    assert [str(each) for each in sorted(read, key=lambda each: each.precedence)] == ORDERED


@given(st.text("019.-_+abv", max_size=20) | st.from_regex(r"[0-9.]{5}-[0-9a-z.-]+\Z"))
def test_what_is_read_is_spelled_the_same(text: str) -> None:
    version = Version.read(text, ("a", "b-a"))
    if version:
        assert str(version) == text.replace("+", "_")
        assert Version.read(str(version), ("a", "b-a")) == version


@pytest.mark.parametrize(
    ("prerelease", "is_usual"),
    [
        ("rc.1", True),
        ("rc1", True),
        ("RC.1", True),
        ("alpha", True),
        ("beta-2", True),
        ("b", True),
        ("4", True),
        ("bookworm", False),
        ("stretch", False),
        ("alphabet", False),
        ("slim.1", False),
    ],
)
def test_usual_stages_of_a_prerelease(prerelease: str, is_usual: bool) -> None:
    assert Version(1, 0, 0, prerelease).has_usual_stage is is_usual


def test_a_name_of_a_variant_is_no_other_name() -> None:
    assert [check_variant(name) for name in VARIANTS] == list(VARIANTS)
    for name in ("", "1", "3.12", "-x", "a_b", "a/b", "latest", "x" * 33):
        with pytest.raises(ValueError, match="a variant"):
            check_variant(name)
