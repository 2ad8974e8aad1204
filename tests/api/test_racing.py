"""Builds that push to one repository at one time: they end as if one had waited for the other."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from longshore.delivery.tags import policies
from longshore.delivery.tags.rules import Rules
from longshore.delivery.tags.versions import Version
from longshore.registry.patterns import Pattern
from longshore.storage.sqlite import SQLiteMetadata
from tests.api.pushing import Repository
from tests.api.racing import image
from tests.processes import PATIENCE
from tests.serving import Server

ROOT = Path(__file__).parents[2]
BUILDERS = ("one", "two")
NUMBERS = [f"{major}.{minor}.{patch}" for major in (1, 2) for minor in (0, 1) for patch in range(5)]


@pytest.fixture
def ruled(workers: Server, shared: Repository) -> Repository:
    """Return a repository with a policy, of a server with two workers."""
    with contextlib.closing(SQLiteMetadata(workers.root / "longshore.db", 0)) as metadata:
        asyncio.run(metadata.write(policies.put, Pattern(shared.name), Rules()))
    return shared


def race(repository: Repository, *builds: list[str]) -> list[list[int]]:
    """Let a process for each build push its versions; answers what each was told."""
    command = [sys.executable, "-m", "tests.api.racing", str(repository.wire.port), repository.name]
    processes = [
        subprocess.Popen(
            [*command, builder, *versions],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for builder, versions in zip(BUILDERS, builds, strict=True)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    return [[int(status) for status in text.split()] for text in told]


def named(repository: Repository, tag: str) -> str:
    return repository.ask("HEAD", f"manifests/{tag}").header("Docker-Content-Digest")


def moves(repository: Repository) -> list[dict[str, Any]]:
    """The history, the oldest first."""
    path = f"/api/v1/repositories/{repository.name}/history?limit=1000"
    found: list[dict[str, Any]] = repository.wire.ask("GET", path).json()["moves"]
    return found[::-1]


def version_of(digest: str) -> Version:
    made = {image(by, number).digest: number for by in BUILDERS for number in NUMBERS}
    read = Version.read(made[digest])  # type: ignore[index]
    assert read
    return read


def check(repository: Repository) -> None:
    """Each alias is at its highest, and never went back on the way."""
    for alias, highest in (
        ("latest", "2.1.4"),
        ("2", "2.1.4"),
        ("2.1", "2.1.4"),
        ("2.0", "2.0.4"),
        ("1", "1.1.4"),
        ("1.1", "1.1.4"),
        ("1.0", "1.0.4"),
    ):
        assert named(repository, alias) == named(repository, highest)
        followed = [version_of(one["to"]) for one in moves(repository) if one["tag"] == alias]
        assert followed == sorted(followed)


@pytest.mark.parametrize("turned", [False, True], ids=["upwards", "against each other"])
def test_each_alias_is_at_its_highest(ruled: Repository, turned: bool) -> None:
    ours, theirs = NUMBERS[::2], NUMBERS[1::2]
    assert race(ruled, ours, theirs[::-1] if turned else theirs) == [[201] * 10] * 2
    check(ruled)


def test_of_two_images_for_one_version_one_is_refused(ruled: Repository) -> None:
    told = race(ruled, NUMBERS, NUMBERS)
    pairs = zip(NUMBERS, *told, strict=True)
    for version, *statuses in pairs:
        assert sorted(statuses) == [201, 403]
        winner = BUILDERS[statuses.index(201)]
        assert named(ruled, version) == image(winner, version).digest
    check(ruled)
