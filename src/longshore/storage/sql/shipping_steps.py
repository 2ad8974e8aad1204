"""Steps of the schema that are of shipping; `migrations` has their order, and how they are spelled.

Decides the tables. As there, a step that was released is never edited.
"""

# Tables whose names do not say it:
#
# agents       the hosts of environments, with when each was last heard of
AGENTS = (
    """CREATE TABLE agents (
        environment {text} NOT NULL REFERENCES environments (name),
        host {text} NOT NULL,
        account {text} NOT NULL,
        seen_at BIGINT,
        generation BIGINT,
        lost_at BIGINT,
        PRIMARY KEY (environment, host)
    )""",
    """CREATE INDEX agents_silent ON agents (seen_at)
        WHERE seen_at IS NOT NULL AND lost_at IS NULL""",
    """CREATE TABLE join_codes (
        digest {text} PRIMARY KEY,
        environment {text} NOT NULL REFERENCES environments (name),
        expires_at BIGINT NOT NULL,
        made_by {text} NOT NULL
    )""",
)
