"""The part of the table of operations that is about notifications.

Decides that administrators of everything choose who is told of what: a target learns the names of
repositories, and a server reaches where its administrators do not.
"""

from __future__ import annotations

from longshore.api.authorization import Need
from longshore.api.management import notifications
from longshore.api.management.fields import Empty, Page
from longshore.api.management.operations import Operation

NOTIFICATIONS = (
    Operation(
        "GET",
        "/notifications",
        Need.MANAGE,
        "List who is told of events, and how that fares",
        notifications.page,
        query=Page,
        reply=notifications.Subscriptions,
    ),
    Operation(
        "POST",
        "/notifications",
        Need.MANAGE,
        "Tell somebody of events from now on",
        notifications.add,
        body=notifications.NewSubscription,
        reply=notifications.AddedSubscription,
        made="name",
    ),
    Operation(
        "GET",
        "/notifications/{name}",
        Need.MANAGE,
        "Look at who is told of events",
        notifications.find,
        reply=notifications.Subscription,
    ),
    Operation(
        "DELETE",
        "/notifications/{name}",
        Need.MANAGE,
        "Tell nobody there any more",
        notifications.remove,
    ),
    Operation(
        "POST",
        "/notifications/{name}/secret",
        Need.MANAGE,
        "Sign with a new secret, and with the one before for a while",
        notifications.rotate,
        body=notifications.Rotation,
        reply=notifications.Rotated,
    ),
    Operation(
        "POST",
        "/notifications/{name}/test",
        Need.MANAGE,
        "Send a test at once",
        notifications.test,
        body=Empty,
        reply=notifications.Trial,
    ),
)
