"""The schema, as the steps that lead to it: a step that was released is never edited.

Decides the tables and their order of growth. `{id}`, `{serial}`, `{text}` and `{bytes}` are
spelled by the database; text compares byte by byte, and a serial is never given again, in each.
What SQL can not say of rows that are there already is a function of the connection.
"""

from __future__ import annotations

from longshore.storage.sql.later_migrations import LATER, Statement

# Tables whose names do not say it:
#
# links            a blob as a repository holds it
# manifest_blobs   which links a manifest references
# manifest_edges   what holds a manifest: an index its children (part), a subject its referrers
# mentions         what a manifest names, here or not: children, and layers that live elsewhere
# discarded        bytes that no row points at, until they are unlinked
# totals           sums that would be slow to compute
# facts            single values of the registry as a whole
# members          who is in which group
# letters          messages on their way to subscriptions; retry_at 0 is in line
# leases           what only one process does at a time, and which
# used_tokens      identity tokens that were used, with the address of the first use
# tag_moves        the history of tags; it outlives repositories, so it has their names
# trash            deleted manifests, as long as they can be restored
# agents           the hosts of environments, with when each was last heard of
# pins             manifests that somebody needs, whatever tags name them
# environment_…    what an environment is to run of each repository, and what its hosts last said
MIGRATIONS: tuple[tuple[Statement, ...], ...] = (
    (
        """CREATE TABLE repositories (
            id {id},
            name {text} NOT NULL UNIQUE
        )""",
        """CREATE TABLE blobs (
            id {id},
            digest {text} NOT NULL UNIQUE,
            size BIGINT NOT NULL,
            key {text} NOT NULL UNIQUE
        )""",
        """CREATE TABLE links (
            id {id},
            repository_id BIGINT NOT NULL REFERENCES repositories (id),
            blob_id BIGINT NOT NULL REFERENCES blobs (id),
            kept_until BIGINT,
            UNIQUE (repository_id, blob_id)
        )""",
        "CREATE INDEX links_of_blob ON links (blob_id)",
        "CREATE INDEX links_due ON links (kept_until) WHERE kept_until IS NOT NULL",
        """CREATE TABLE manifests (
            id {id},
            repository_id BIGINT NOT NULL REFERENCES repositories (id),
            digest {text} NOT NULL,
            kept_until BIGINT,
            media_type {text} NOT NULL,
            artifact_type {text},
            subject {text},
            annotations {bytes} NOT NULL,
            size BIGINT NOT NULL,
            content {bytes} NOT NULL,
            UNIQUE (repository_id, digest)
        )""",
        """CREATE INDEX manifests_of_subject ON manifests (repository_id, subject, digest)
            WHERE subject IS NOT NULL""",
        "CREATE INDEX manifests_due ON manifests (kept_until) WHERE kept_until IS NOT NULL",
        """CREATE TABLE manifest_blobs (
            manifest_id BIGINT NOT NULL REFERENCES manifests (id),
            link_id BIGINT NOT NULL REFERENCES links (id),
            PRIMARY KEY (manifest_id, link_id)
        )""",
        "CREATE INDEX manifest_blobs_of_link ON manifest_blobs (link_id)",
        """CREATE TABLE manifest_edges (
            held_id BIGINT NOT NULL REFERENCES manifests (id),
            holder_id BIGINT NOT NULL REFERENCES manifests (id),
            is_part INTEGER NOT NULL,
            PRIMARY KEY (held_id, holder_id, is_part)
        )""",
        "CREATE INDEX manifest_edges_of_holder ON manifest_edges (holder_id)",
        """CREATE TABLE tags (
            repository_id BIGINT NOT NULL REFERENCES repositories (id),
            name {text} NOT NULL,
            manifest_id BIGINT NOT NULL REFERENCES manifests (id),
            PRIMARY KEY (repository_id, name)
        )""",
        "CREATE INDEX tags_of_manifest ON tags (manifest_id)",
        """CREATE TABLE discarded (
            key {text} PRIMARY KEY,
            size BIGINT NOT NULL,
            discard_at BIGINT NOT NULL
        )""",
        "CREATE INDEX discarded_due ON discarded (discard_at)",
        """CREATE TABLE totals (
            name {text} PRIMARY KEY,
            amount BIGINT NOT NULL
        )""",
    ),
    (
        """CREATE TABLE mentions (
            repository_id BIGINT NOT NULL REFERENCES repositories (id),
            digest {text} NOT NULL,
            manifest_id BIGINT NOT NULL REFERENCES manifests (id),
            is_part INTEGER NOT NULL,
            PRIMARY KEY (repository_id, digest, manifest_id)
        )""",
        "CREATE INDEX mentions_of_manifest ON mentions (manifest_id)",
        """INSERT INTO mentions (repository_id, digest, manifest_id, is_part)
            SELECT m.repository_id, m.digest, e.holder_id, 1
            FROM manifest_edges e JOIN manifests m ON m.id = e.held_id WHERE e.is_part = 1""",
    ),
    (
        """CREATE TABLE facts (
            name {text} PRIMARY KEY,
            value {text} NOT NULL
        )""",
        """CREATE TABLE accounts (
            name {text} PRIMARY KEY,
            kind {text} NOT NULL,
            description {text} NOT NULL,
            is_enabled INTEGER NOT NULL,
            created_at BIGINT NOT NULL,
            password {text}
        )""",
        """CREATE TABLE secrets (
            id {text} PRIMARY KEY,
            account {text} NOT NULL REFERENCES accounts (name),
            kind {text} NOT NULL,
            label {text} NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT,
            last_used_at BIGINT,
            digest {text} NOT NULL UNIQUE
        )""",
        "CREATE INDEX secrets_of_account ON secrets (account, created_at)",
        "CREATE INDEX secrets_due ON secrets (expires_at) WHERE expires_at IS NOT NULL",
        """CREATE TABLE members (
            name {text} NOT NULL,
            account {text} NOT NULL,
            PRIMARY KEY (name, account)
        )""",
        "CREATE INDEX members_of_account ON members (account)",
        """CREATE TABLE grants (
            subject {text} NOT NULL,
            pattern {text} NOT NULL,
            verbs {text} NOT NULL,
            PRIMARY KEY (subject, pattern)
        )""",
        """CREATE TABLE signing_keys (
            id {text} PRIMARY KEY,
            secret {bytes} NOT NULL,
            created_at BIGINT NOT NULL,
            retired_at BIGINT
        )""",
        """CREATE TABLE trusts (
            name {text} PRIMARY KEY REFERENCES accounts (name),
            issuer {text} NOT NULL,
            audience {text} NOT NULL,
            claims {bytes} NOT NULL,
            is_single_use INTEGER NOT NULL
        )""",
        "CREATE INDEX trusts_of_issuer ON trusts (issuer)",
        """CREATE TABLE used_tokens (
            digest {text} PRIMARY KEY,
            address {text} NOT NULL,
            kept_until BIGINT NOT NULL
        )""",
        "CREATE INDEX used_tokens_due ON used_tokens (kept_until)",
        """CREATE TABLE audit (
            id {serial},
            at BIGINT NOT NULL,
            actor {text} NOT NULL,
            address {text} NOT NULL,
            request_id {text} NOT NULL,
            identity {text} NOT NULL,
            action {text} NOT NULL,
            target {text} NOT NULL,
            outcome {text} NOT NULL,
            detail {bytes} NOT NULL
        )""",
        "CREATE INDEX audit_at ON audit (at)",
        """CREATE TABLE quotas (
            pattern {text} PRIMARY KEY,
            bytes BIGINT,
            repositories BIGINT
        )""",
        "ALTER TABLE repositories ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0",
        """UPDATE repositories SET bytes = COALESCE(
            (SELECT SUM(b.size) FROM links l JOIN blobs b ON b.id = l.blob_id
                WHERE l.repository_id = repositories.id), 0)""",
    ),
    (
        """CREATE TABLE tag_moves (
            id {serial},
            repository {text} NOT NULL,
            tag {text} NOT NULL,
            at BIGINT NOT NULL,
            former {text},
            digest {text},
            cause {text} NOT NULL,
            actor {text} NOT NULL,
            identity {text} NOT NULL,
            request_id {text} NOT NULL,
            revision {text} NOT NULL,
            source {text} NOT NULL,
            branch {text} NOT NULL
        )""",
        "CREATE INDEX tag_moves_of_tag ON tag_moves (repository, tag, id)",
        "CREATE INDEX tag_moves_of_repository ON tag_moves (repository, id)",
        """CREATE TABLE trash (
            repository {text} NOT NULL,
            digest {text} NOT NULL,
            kept_until BIGINT NOT NULL,
            media_type {text} NOT NULL,
            content {bytes} NOT NULL,
            PRIMARY KEY (repository, digest)
        )""",
        "CREATE INDEX trash_due ON trash (kept_until)",
    ),
    *LATER,
)

VERSION = len(MIGRATIONS)


class OtherSchema(Exception):
    """The database is of another release than this one."""


class DatabaseTooNew(OtherSchema):
    """It was written by a later release."""


class DatabaseTooOld(OtherSchema):
    """It was written by an earlier release, and nobody asked to change it."""
