"""What waits for a subscriber, as a sender would take it."""

from longshore.delivery.notifications.events import Event
from longshore.delivery.ports import Metadata, Transaction


async def taken(metadata: Metadata, subscriber: str) -> list[Event]:
    """What waits, and from now on does not."""

    def take(tx: Transaction) -> list[Event]:
        found = []
        while (letter := tx.outbox.next(subscriber, tx.now)) is not None:
            found.append(letter.message.event)
            tx.outbox.remove(letter.id)
        return found

    return await metadata.write(take)
