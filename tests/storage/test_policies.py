"""The contract of `delivery.ports.Policies`, on every backend."""

from longshore.delivery.ports import Metadata, PolicyRow, Transaction
from longshore.oci.names import RepositoryName
from longshore.registry.patterns import Pattern


def row(pattern: str, document: str = "{}") -> PolicyRow:
    return PolicyRow(Pattern(pattern), document)


async def test_one_policy_for_each_pattern_in_byte_order(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        for pattern in ("b", "a/**", "**", "a"):
            tx.policies.put(row(pattern))
        tx.policies.put(row("a", "changed"))
        assert [one.pattern for one in tx.policies.page("", 9)] == ["**", "a", "a/**", "b"]
        assert tx.policies.page("**", 1) == [row("a", "changed")]
        assert tx.policies.find(Pattern("a")) == row("a", "changed")
        assert tx.policies.find(Pattern("c")) is None
        assert tx.policies.covering(RepositoryName("a/b")) == ["**", "a", "a/**"]
        assert tx.policies.remove(Pattern("a"))
        assert not tx.policies.remove(Pattern("a"))
        assert tx.policies.covering(RepositoryName("a")) == ["**"]

    await metadata.write(check)
