"""The schema, as the steps that lead to it: a step that was released is never edited.

Decides the tables and their order of growth. `{id}`, `{text}` and `{bytes}` are spelled by the
database; text compares byte by byte in each of them.
"""

# Tables whose names do not say it:
#
# links            a blob as a repository holds it
# manifest_blobs   which links a manifest references
# manifest_edges   what holds a manifest: an index its children (part), a subject its referrers
# mentions         what a manifest names, here or not: children, and layers that live elsewhere
# discarded        bytes that no row points at, until they are unlinked
# totals           sums that would be slow to compute
MIGRATIONS: tuple[tuple[str, ...], ...] = (
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
)

VERSION = len(MIGRATIONS)


class OtherSchema(Exception):
    """The database is of another release than this one."""


class DatabaseTooNew(OtherSchema):
    """It was written by a later release."""


class DatabaseTooOld(OtherSchema):
    """It was written by an earlier release, and nobody asked to change it."""
