"""Every row of the requirements on tags, by pushes to the real server."""

from __future__ import annotations

import pytest

from longshore.delivery.tags import policies
from longshore.delivery.tags.rules import Rules
from longshore.delivery.tags.versions import Version
from longshore.registry.patterns import Pattern
from longshore.storage.sqlite import SQLiteMetadata
from tests.api.pushing import Repository
from tests.content import Pushed, index
from tests.delivery.tags.vectors import PLAIN, REFUSED, VERSIONS, Vector, digests
from tests.serving import Server


def image(letter: str, branch: str = "") -> Pushed:
    named = {"longshore.branch": branch} if branch else {}
    return index(annotations={"of": letter, **named})


async def rule(server: Server, repository: Repository, rules: Rules) -> None:
    metadata = SQLiteMetadata(server.root / "longshore.db", 0)
    await metadata.write(policies.put, Pattern(repository.name), rules)
    metadata.close()


def fill(repository: Repository, existing: dict[str, str]) -> dict[str, str]:
    """Push what is there before; answers every tag with its digest."""
    return {tag: repository.push(image(letter), tag) for tag, letter in existing.items()}


def tags(repository: Repository) -> dict[str, str]:
    listed = repository.ask("GET", "tags/list").json().get("tags", [])
    return {
        tag: repository.ask("HEAD", f"manifests/{tag}").header("Docker-Content-Digest")
        for tag in listed
    }


def tag_of(row: Vector) -> str:
    version = Version.read(row.pushed, row.rules.variants.names)
    assert version
    return version.tag


@pytest.mark.parametrize("row", VERSIONS, ids=lambda row: f"{row.existing}<{row.pushed}")
async def test_what_moves_and_what_stays(
    server: Server, repository: Repository, row: Vector
) -> None:
    before = fill(repository, digests(row.existing))
    await rule(server, repository, row.rules)
    assert repository.put(image("A"), tag_of(row)).status == 201
    assert tags(repository) == before | dict.fromkeys(row.moves.split(), image("A").digest)


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row.existing}<{row.pushed}")
async def test_what_is_refused(server: Server, repository: Repository, row: Vector) -> None:
    before = fill(repository, digests(row.existing))
    await rule(server, repository, row.rules)
    reply = repository.put(image("A"), tag_of(row))
    assert (reply.status, reply.codes) == (403, ["DENIED"])
    assert tags(repository) == before


async def test_a_tag_of_git_that_is_an_alias_is_no_version(
    server: Server, repository: Repository
) -> None:
    await rule(server, repository, PLAIN)
    repository.push(image("A"), "develop")
    body = b'{"tag": "develop", "versions": ["1.0"]}'
    path = f"/api/v1/repositories/{repository.name}/releases"
    reply = repository.wire.ask("POST", path, body, {"Content-Type": "application/json"})
    assert (reply.status, reply.codes) == (403, ["DENIED"])
    assert "1.0 is the name of an alias" in reply.json()["errors"][0]["message"]


async def test_a_branch_does_not_take_the_tag_of_another(
    server: Server, repository: Repository
) -> None:
    await rule(server, repository, PLAIN)
    assert repository.put(image("A", "feature-x"), "feature-x").status == 201
    refused = repository.put(image("B", "feature/x"), "feature-x")
    assert refused.json()["errors"][0]["message"] == (
        "feature-x is of branch feature-x, and this image is of feature/x:"
        " push it as feature-x-217d2bf"
    )
    assert repository.put(image("B", "feature/x"), "feature-x-217d2bf").status == 201
    assert tags(repository)["feature-x"] == image("A", "feature-x").digest
