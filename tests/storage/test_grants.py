"""The contract of `directory.Grants`, on every backend."""

from itertools import product

from longshore.delivery.ports import Metadata
from longshore.registry.grants import ANONYMOUS, Grant, Verb
from longshore.registry.patterns import EVERYTHING, Pattern
from longshore.registry.ports import Transaction

PULL, ALL = frozenset({Verb.PULL}), frozenset(Verb)
SUBJECTS = ["@team", "Alice", "alice", "alice-b", ANONYMOUS]
PATTERNS = [Pattern(text) for text in ("**", "a", "a-b", "a.b", "a/**", "a/b")]
# All of them, in byte order of subject and pattern.
GRANTS = [Grant(*place, PULL) for place in product(SUBJECTS, PATTERNS)]


def fill(tx: Transaction) -> None:
    for grant in reversed(GRANTS):
        tx.grants.put(grant)


async def test_a_grant_takes_the_place_of_one_with_the_same_subject_and_pattern(
    metadata: Metadata,
) -> None:
    def check(tx: Transaction) -> None:
        tx.grants.put(Grant("alice", EVERYTHING, ALL))
        tx.grants.put(Grant("alice", PATTERNS[1], PULL))
        tx.grants.put(Grant("alice", EVERYTHING, PULL))
        assert tx.grants.of(["alice"]) == [
            Grant("alice", EVERYTHING, PULL),
            Grant("alice", PATTERNS[1], PULL),
        ]

    await metadata.write(check)


async def test_verbs_come_back_as_they_were(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        for verbs in (*(frozenset({verb}) for verb in Verb), ALL):
            grant = Grant("alice", EVERYTHING, verbs)
            tx.grants.put(grant)
            [found] = tx.grants.of(["alice"])
            assert found == grant
            assert {type(verb) for verb in found.verbs} == {Verb}

    await metadata.write(check)


async def test_a_grant_is_removed_by_subject_and_pattern(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        assert not tx.grants.remove("nobody", EVERYTHING)
        assert not tx.grants.remove("alice", Pattern("b"))
        assert tx.grants.remove("alice", EVERYTHING)
        assert not tx.grants.remove("alice", EVERYTHING)
        left = [one for one in GRANTS if one[:2] != ("alice", EVERYTHING)]
        assert tx.grants.page(("", ""), 99) == left

    await metadata.write(check)


async def test_those_of_several_subjects_are_in_order_and_each_once(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        asked = [ANONYMOUS, "alice", "nobody", "@team", "alice"]
        assert tx.grants.of(asked) == [one for one in GRANTS if one.subject in asked]
        assert tx.grants.of([]) == []

    await metadata.write(check)


async def test_pages_are_in_byte_order_of_subject_and_pattern(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        fill(tx)
        assert tx.grants.page(("", ""), 99) == GRANTS
        assert tx.grants.page(("", ""), 2) == GRANTS[:2]
        assert tx.grants.page(("", ""), 0) == []
        for number, grant in enumerate(GRANTS, 1):
            assert tx.grants.page((grant.subject, grant.pattern), 3) == GRANTS[number:][:3]
        [first] = tx.grants.page(("alice", "never was"), 1)
        assert first == Grant("alice-b", EVERYTHING, PULL)

    await metadata.write(check)
