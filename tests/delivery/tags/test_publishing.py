"""Which versions are shown to others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.delivery.errors import Refused
from longshore.delivery.tags.policy import Policy, Variants
from longshore.delivery.tags.publishing import Bounds, Publication
from longshore.delivery.tags.versions import Version

STABLE = Publication("docker.io/acme/app", versions=Bounds(">=1.0.0 <3.0.0"))
NUMBERS = st.integers(min_value=0, max_value=4)


@pytest.mark.parametrize(
    ("text", "tag"), [("1.0.5", "1.0.5"), ("v1.0.5", "1.0.5"), ("2.1.4-stretch", "2.1.4-stretch")]
)
def test_a_stable_version_is_published_under_its_tag(text: str, tag: str) -> None:
    assert STABLE.tag_of(Policy(variants=Variants(("stretch",))), text) == tag


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("latest", "latest is no version"),
        ("1.0", "1.0 is no version"),
        ("1.1.0-rc.1", "`prereleases: true` below `public`"),
        ("3.0.0", "3.0.0 is not among the versions to publish: >=1.0.0 <3.0.0"),
        ("0.9.9", "0.9.9 is not among the versions"),
    ],
)
def test_all_else_is_refused(text: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        STABLE.tag_of(Policy(), text)


def test_prereleases_are_published_where_that_is_said() -> None:
    assert Publication("app", prereleases=True).tag_of(Policy(), "1.1.0-rc.1") == "1.1.0-rc.1"


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_a_range_orders_versions_by_their_numbers(
    one: tuple[int, int, int], bound: tuple[int, int, int]
) -> None:
    text = ".".join(map(str, bound))
    for sign, expected in (
        (">=", one >= bound), ("<=", one <= bound), (">", one > bound), ("<", one < bound),
        ("=", one == bound),
    ):  # fmt: skip
        assert Bounds(f"{sign}{text}").covers(Version(*one)) == expected


def test_no_range_is_all_versions_and_commas_may_part_bounds() -> None:
    assert Bounds().covers(Version(0, 0, 1))
    both = Bounds(">= 1.0.0, < 2.0.0")
    assert [both.covers(Version(major, 0, 0)) for major in (0, 1, 2)] == [False, True, False]


@pytest.mark.parametrize("text", ["1.0.0", ">=1.0", "^1.0.0", ">=1.0.0 || <0.5.0", ">=x", "latest"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a range of versions as"):
        Bounds(text)
