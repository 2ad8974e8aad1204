"""Names of repositories and tags: the grammar of the specification, and nothing beyond it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.oci.digest import Digest
from longshore.oci.errors import DigestInvalid, ManifestInvalid, NameInvalid
from longshore.oci.names import (
    NAME_LIMIT,
    TAG_PATTERN,
    RepositoryName,
    Tag,
    parse_reference,
)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "0",
        "team/app",
        "a/b/c/d/e/f",
        "a.b",
        "a_b",
        "a__b",
        "a-b",
        "a---b",
        "blobs/uploads",
        "manifests",
        "x" * NAME_LIMIT,
    ],
)
def test_names_of_repositories(name: str) -> None:
    assert RepositoryName.parse(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "A",
        "a b",
        "a\n",
        "ä",
        "a..b",
        "a___b",
        "a._b",
        "-a",
        "a-",
        ".a",
        "_a",
        "a/../b",
        "..",
        "a:b",
        "a@b",
        "a\0b",
        "a%2fb",
        "a\\b",
        "٣",
        "x" * (NAME_LIMIT + 1),
    ],
)
def test_what_is_not_a_name_is_refused(name: str) -> None:
    with pytest.raises(NameInvalid):
        RepositoryName.parse(name)


def test_a_long_name_that_almost_fits_is_refused_at_once() -> None:
    """A pattern that backtracks would not end in the life of this test."""
    for filling in ("a-", "a_", "a.", "a/", "a", "--", "a--"):
        with pytest.raises(NameInvalid):
            RepositoryName.parse((filling * NAME_LIMIT)[: NAME_LIMIT - 1] + "!")


WORDS = st.text("az09", min_size=1, max_size=5)
PARTS = st.sampled_from([".", "_", "__", "-", "--", "/"])


@given(st.lists(st.tuples(WORDS, PARTS), max_size=99), WORDS)
def test_words_and_what_parts_them_are_names_up_to_the_limit(
    beginning: list[tuple[str, str]], last: str
) -> None:
    name = "".join(word + part for word, part in beginning) + last
    if len(name) <= NAME_LIMIT:
        assert RepositoryName.parse(name) == name
    else:
        with pytest.raises(NameInvalid):
            RepositoryName.parse(name)


@given(st.text())
def test_no_name_leaves_its_place(text: str) -> None:
    try:
        name = RepositoryName.parse(text)
    except NameInvalid:
        return
    assert re.fullmatch(r"[a-z0-9._/-]+", name)
    assert not {"", ".", ".."} & set(name.split("/"))


@pytest.mark.parametrize("tag", ["a", "_", "1.0", "A-B_c.d", "latest", "x" * 128, "1..2", "a-"])
def test_tags(tag: str) -> None:
    assert Tag.parse(tag) == tag


@pytest.mark.parametrize(
    "tag", ["", ".", "-", ".a", "-a", "a b", "a/b", "a+b", "a\n", "ä", "a\0", "x" * 129]
)
def test_what_is_not_a_tag_is_refused(tag: str) -> None:
    with pytest.raises(ManifestInvalid):
        Tag.parse(tag)


@given(st.from_regex(TAG_PATTERN, fullmatch=True))
def test_every_tag_of_the_pattern_is_accepted(tag: str) -> None:
    assert isinstance(parse_reference(tag), Tag)


def test_a_reference_is_a_digest_where_there_is_a_colon() -> None:
    digest = Digest.of(b"one")
    assert isinstance(parse_reference(digest), Digest)
    assert isinstance(parse_reference(digest.replace(":", "-")), Tag)
    for text in ("a:b", "sha256:baddigeststring", ":"):
        with pytest.raises(DigestInvalid):
            parse_reference(text)
    with pytest.raises(ManifestInvalid):
        parse_reference("")
