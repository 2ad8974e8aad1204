"""The schema, continued: its steps from the fifth on, by the law of `migrations`."""

from __future__ import annotations

from collections.abc import Callable

from longshore.storage.sql.connection import Connection
from longshore.storage.sql.tags import number_tags

Statement = str | Callable[[Connection], None]

LATER: tuple[tuple[Statement, ...], ...] = (
    (
        """CREATE TABLE policies (
            pattern {text} PRIMARY KEY,
            document {text} NOT NULL
        )""",
        "ALTER TABLE tags ADD COLUMN numbers {text}",
        "ALTER TABLE tags ADD COLUMN ending {text}",
        """CREATE INDEX tags_by_numbers ON tags (repository_id, numbers, ending)
            WHERE numbers IS NOT NULL""",
        number_tags,
    ),
    (
        """CREATE TABLE pins (
            manifest_id BIGINT NOT NULL REFERENCES manifests (id),
            holder {text} NOT NULL,
            PRIMARY KEY (manifest_id, holder)
        )""",
        "CREATE INDEX pins_of_holder ON pins (holder)",
        """CREATE TABLE environments (
            name {text} PRIMARY KEY,
            promote_from {text},
            look_at BIGINT,
            state {bytes} NOT NULL
        )""",
        """CREATE INDEX environments_after ON environments (promote_from)
            WHERE promote_from IS NOT NULL""",
        "CREATE INDEX environments_due ON environments (look_at) WHERE look_at IS NOT NULL",
        """CREATE TABLE environment_images (
            environment {text} NOT NULL REFERENCES environments (name),
            repository {text} NOT NULL,
            state {bytes} NOT NULL,
            PRIMARY KEY (environment, repository)
        )""",
        "CREATE INDEX environments_running ON environment_images (repository)",
        """CREATE TABLE environment_reports (
            environment {text} NOT NULL REFERENCES environments (name),
            host {text} NOT NULL,
            service {text} NOT NULL,
            deployment BIGINT NOT NULL,
            digest {text} NOT NULL,
            state {text} NOT NULL,
            at BIGINT NOT NULL,
            detail {text} NOT NULL,
            PRIMARY KEY (environment, host, service)
        )""",
        """CREATE TABLE deployments (
            id {serial},
            environment {text} NOT NULL,
            repository {text} NOT NULL,
            digest {text} NOT NULL,
            name {text} NOT NULL,
            at BIGINT NOT NULL,
            cause {text} NOT NULL,
            who {text} NOT NULL,
            reason {text} NOT NULL,
            restores BIGINT,
            outcome {text} NOT NULL,
            healthy_at BIGINT,
            failed_at BIGINT,
            ended_at BIGINT
        )""",
        "CREATE INDEX deployments_of_image ON deployments (environment, repository, id)",
        "CREATE INDEX deployments_of_digest ON deployments (environment, repository, digest, id)",
        """CREATE TABLE decisions (
            id {serial},
            at BIGINT NOT NULL,
            environment {text} NOT NULL,
            repository {text} NOT NULL,
            act {text} NOT NULL,
            who {text} NOT NULL,
            identity {text} NOT NULL,
            former {text} NOT NULL,
            digest {text} NOT NULL,
            name {text} NOT NULL,
            reason {text} NOT NULL
        )""",
        "CREATE INDEX decisions_of_environment ON decisions (environment, id)",
    ),
    (
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
    ),
    (
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
    ),
    ("CREATE INDEX tag_moves_of_digest ON tag_moves (repository, digest, id)",),
    (
        """CREATE TABLE log_readers (
            id {text} PRIMARY KEY,
            environment {text} NOT NULL REFERENCES environments (name),
            account {text} NOT NULL,
            service {text} NOT NULL,
            key {text} NOT NULL,
            tail INTEGER NOT NULL,
            since BIGINT,
            expires_at BIGINT NOT NULL
        )""",
        "CREATE INDEX log_readers_of_environment ON log_readers (environment, id)",
        "CREATE INDEX log_readers_expired ON log_readers (expires_at)",
        """CREATE TABLE log_requests (
            id {serial},
            reader {text} NOT NULL REFERENCES log_readers (id),
            environment {text} NOT NULL REFERENCES environments (name),
            host {text} NOT NULL,
            after BIGINT NOT NULL,
            patience INTEGER NOT NULL,
            most INTEGER NOT NULL,
            answer {bytes},
            UNIQUE (reader, host)
        )""",
        """CREATE INDEX log_requests_asked ON log_requests (environment, host, id)
            WHERE answer IS NULL""",
        "CREATE INDEX log_requests_answered ON log_requests (reader) WHERE answer IS NOT NULL",
    ),
    (
        "ALTER TABLE subscriptions ADD COLUMN former {text} NOT NULL DEFAULT ''",
        "ALTER TABLE subscriptions ADD COLUMN former_until BIGINT NOT NULL DEFAULT 0",
    ),
)
