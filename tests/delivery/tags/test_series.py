"""Which versions a range contains, and which of them is run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.delivery.tags.series import Series

TAGS = [
    *("0.3.1", "0.3.2", "0.4.0", "1.0.0", "1.0.5", "1.0.10", "1.1.0", "1.2.3", "1.2.4-rc.1"),
    *("1.10.0", "2.0.0", "2.1.0-beta.2", "2.1.0-stretch", "2.0.0-stretch", "1.0.6_b7"),
    *("1.0", "1", "latest", "develop"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~1.0", "1.0.10"),
        ("~1.2.3", "1.2.3"),
        ("~1.2.4", None),
        ("~1", "1.10.0"),
        ("^1", "1.10.0"),
        ("^1.2", "1.10.0"),
        ("^0.3", "0.3.2"),
        ("^0.0.3", None),
        ("^0", "0.4.0"),
        ("1.x", "1.10.0"),
        ("1.0.x", "1.0.10"),
        ("0.3.*", "0.3.2"),
        ("*", "2.0.0"),
        ("*-stretch", "2.1.0-stretch"),
        ("~2.0-stretch", "2.0.0-stretch"),
        ("3.x", None),
    ],
)
def test_the_highest_stable_version_of_the_range_is_run(text: str, expected: str | None) -> None:
    found = Series.read(text)
    assert found
    highest = found.highest(TAGS)
    assert (str(highest) if highest else None) == expected


@pytest.mark.parametrize(("text", "expected"), [("~1.2.3", "1.2.4-rc.1"), ("2.x", "2.1.0-beta.2")])
def test_pre_releases_are_taken_where_that_is_said(text: str, expected: str) -> None:
    """What looks like a variant is none of them."""
    found = Series.read(text, has_prereleases=True)
    assert found
    assert str(found.highest(TAGS)) == expected


@pytest.mark.parametrize(
    "text", ["develop", "1", "1.0", "1.0.5", "v1.x", "x", "~", "~1.0.0.0", "^x", "1.x.x", "~1.0-1"]
)
def test_everything_else_is_a_tag(text: str) -> None:
    assert Series.read(text) is None


numbers = st.integers(0, 3)


@given(
    st.sampled_from(
        ["~{}.{}.{}", "^{}.{}.{}", "~{}.{}", "^{}.{}", "~{}", "^{}", "{}.x", "{}.{}.x"]
    ),
    st.tuples(numbers, numbers, numbers),
    st.tuples(numbers, numbers, numbers),
)
def test_all_of_a_range_begins_as_it_says(
    form: str, floor: tuple[int, int, int], version: tuple[int, int, int]
) -> None:
    """By its prefix an index finds all of it, and more that it does not contain."""
    found = Series.read(form.format(*floor))
    assert found
    tag = ".".join(map(str, version))
    if found.version(tag):
        assert tag.startswith(found.prefix)
        assert version >= found.floor
