"""The rules of the catalog: what each caller is shown, against a filter of all there is."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longshore.delivery.ports import Metadata
from longshore.oci.names import RepositoryName
from longshore.registry import manifests, repositories
from longshore.registry.access import NOBODY, OPEN, Caller
from longshore.registry.grants import Verb
from longshore.registry.ports import Transaction
from tests.content import index
from tests.depth import part
from tests.registry.granting import known

# Each is the beginning of others, or nearly so.
NAMES = ["a", "a-b", "a.b", "a/a", "a/b", "a/b-c", "a/b/c", "aa", "aa/b", "b", "b/a", "c/a/b"]
PATTERNS = [*NAMES, "a/**", "a*", "*/b", "**/b", "a/*/c", "**", "none", "a/none", "b-*/**"]


def push_all(tx: Transaction) -> None:
    for name in NAMES:
        manifests.put(tx, RepositoryName(name), *index(), [])


def pages(tx: Transaction, caller: Caller, limit: int) -> Iterator[list[str]]:
    last, more = "", True
    while more:
        page, more = repositories.page(tx, caller, last, limit)
        yield list(page)
        last = page[-1] if page else last


callers = st.lists(st.sampled_from(PATTERNS), max_size=4).map(
    lambda patterns: known(*(f"{pattern}:pull" for pattern in patterns))
)
some = settings(max_examples=part(150), deadline=None)


async def test_pages_of_any_size_have_all_that_may_be_pulled_and_nothing_else(
    metadata: Metadata,
) -> None:
    def explore(tx: Transaction) -> None:
        @some
        @given(callers, st.integers(1, 3))
        def check(caller: Caller, limit: int) -> None:
            found = list(pages(tx, caller, limit))
            visible = [name for name in sorted(NAMES) if caller.may(Verb.PULL, name)]
            assert [name for page in found for name in page] == visible
            assert {len(page) for page in found[:-1]} <= {limit}
            assert found[-1] or not visible  # nobody is sent after a page that is empty

        check()

    await metadata.write(push_all)
    await metadata.read(explore)


async def test_a_page_begins_after_any_text(metadata: Metadata) -> None:
    def explore(tx: Transaction) -> None:
        @some
        @given(callers, st.sampled_from([*NAMES, "", "a0", "a/", "~", "A", "ü"]))
        def check(caller: Caller, last: str) -> None:
            visible = [n for n in sorted(NAMES) if n > last and caller.may(Verb.PULL, n)]
            assert repositories.page(tx, caller, last, 99) == (visible, False)

        check()

    await metadata.write(push_all)
    await metadata.read(explore)


async def test_more_than_is_read_at_once_is_listed(
    metadata: Metadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repositories, "READ_AT_ONCE", 2)
    await metadata.write(push_all)
    for caller in (OPEN, known("a:pull"), known("**/b:pull", "b:pull"), NOBODY):
        visible = [name for name in sorted(NAMES) if caller.may(Verb.PULL, name)]
        assert await metadata.read(repositories.page, caller, "", 99) == (visible, False)


async def test_a_page_of_nothing_says_whether_there_is_more(metadata: Metadata) -> None:
    await metadata.write(push_all)
    assert await metadata.read(repositories.page, known("a:pull"), "", 0) == ([], True)
    assert await metadata.read(repositories.page, known("none:pull"), "", 0) == ([], False)


async def test_a_token_for_one_repository_lists_what_its_account_may_pull(
    metadata: Metadata,
) -> None:
    """Whether it may list at all is asked at the edge."""
    await metadata.write(push_all)
    caller = known("b:pull", scopes="registry:catalog:*")
    assert await metadata.read(repositories.page, caller, "", 9) == (["b", "b/a"], False)
