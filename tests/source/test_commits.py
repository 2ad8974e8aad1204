"""The commits between two revisions."""

from pathlib import Path

from longshore.source.commits import Commit, between
from tests.source.repository import ENVIRON, Repository


def test_those_that_the_second_has_and_the_first_has_not(tmp_path: Path) -> None:
    made = Repository.make(tmp_path)
    first, second, third = (made.commit(each) for each in ("one", "two", "three \x07 bells"))

    def found(before: str, after: str, limit: int = 9) -> list[Commit] | None:
        return between(tmp_path, ENVIRON, before, after, limit)

    assert found(first, third) == [Commit(third, "three  bells"), Commit(second, "two")]
    assert found(first, third[:12], 1) == [Commit(third, "three  bells")]
    assert found(third, first) == []
    assert found(first, first) == []


def test_what_no_checkout_knows_is_unknown(tmp_path: Path) -> None:
    assert between(tmp_path, ENVIRON, "0" * 40, "1" * 40, 9) is None
    head = Repository.make(tmp_path).commit("one")
    for strange in ("1" * 40, "", "HEAD", "--help", "abc", f"{head}~1"):
        assert between(tmp_path, ENVIRON, head, strange, 9) is None
        assert between(tmp_path, ENVIRON, strange, head, 9) is None
