"""The contract of `directory.Facts`, on every backend."""

from longshore.delivery.ports import Metadata
from longshore.registry.ports import Transaction


async def test_a_fact_is_what_was_put_last(metadata: Metadata) -> None:
    def check(tx: Transaction) -> None:
        assert tx.facts.get("one") is None
        tx.facts.put("one", "first")
        tx.facts.put("two", "")
        tx.facts.put("one", "second")
        assert tx.facts.get("one") == "second"
        assert tx.facts.get("two") == ""
        assert tx.facts.get("One") is None

    await metadata.write(check)
