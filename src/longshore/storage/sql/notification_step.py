"""The step of the schema that brings notifications: released once, it is never edited.

`letters` are messages on their way to subscriptions, in line as long as `retry_at` is 0. `leases`
are of what only one process does at a time.
"""

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE subscriptions (
        name {text} PRIMARY KEY,
        medium {text} NOT NULL,
        address {text} NOT NULL,
        secret {text} NOT NULL,
        kinds {text} NOT NULL,
        repositories {text},
        environments {text},
        created_at BIGINT NOT NULL,
        failures INTEGER NOT NULL,
        retry_at BIGINT NOT NULL,
        problem {text} NOT NULL,
        delivered_at BIGINT,
        dropped BIGINT NOT NULL
    )""",
    """CREATE TABLE letters (
        id {serial},
        subscription {text} NOT NULL REFERENCES subscriptions (name),
        event_id {text} NOT NULL,
        at BIGINT NOT NULL,
        actor {text} NOT NULL,
        event {bytes} NOT NULL,
        refusals INTEGER NOT NULL,
        retry_at BIGINT NOT NULL
    )""",
    "CREATE INDEX letters_next ON letters (subscription, retry_at, id)",
    "CREATE INDEX letters_of_subscription ON letters (subscription, id)",
    """CREATE TABLE leases (
        name {text} PRIMARY KEY,
        holder {text} NOT NULL,
        expires_at BIGINT NOT NULL
    )""",
)
