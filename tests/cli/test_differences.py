"""In what two environments differ: for people and for programs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from longshore.cli import differences
from longshore.registry.history import Origin
from tests.cli.stood import ONE, TWO, WEB, Stood
from tests.docs.schemas import check
from tests.source.repository import Repository

STAGING = Stood.new().running()
PRODUCTION = Stood.new("production", promote_from="staging", approvals=1)


def compared(before: Stood, after: Stood) -> Any:
    found = differences.compared(before.reply, after.reply)
    check("environments", found)
    return found


def told(before: Stood, after: Stood) -> list[str]:
    return list(differences.lines(compared(before, after)))


def test_the_same_image_is_no_difference() -> None:
    same = Stood.new("production").running()
    assert compared(STAGING, same)["same"]
    assert told(STAGING, same) == ["staging and production are to run the same."]


def test_images_are_told_with_what_promotion_would_change() -> None:
    healthy = STAGING.deployed(outcome="healthy")
    new = f"team/app:develop ({ONE.hex[:12]})"
    assert told(healthy, PRODUCTION.deployed(digest=TWO, name="1.0.4")) == [
        "team/app",
        f"- staging: {new}, healthy",
        f"+ production: team/app:1.0.4 ({TWO.hex[:12]}), pending",
        f"production may be promoted to {new}:",
        f"  longshore deploy production team/app@{ONE}",
        "production takes 1 approval: `longshore approve production`",
    ]
    found = told(PRODUCTION, STAGING)
    assert "- production: nothing" in found
    assert any("can not be promoted" in line and "pending in staging" in line for line in found)


def test_services_are_told_by_what_differs() -> None:
    other = replace(WEB, environment={"MODE": "test"}, stop_grace=20)
    worker = replace(WEB, name="worker")
    assert told(STAGING, Stood.new("other", services=(other, worker)).running()) == [
        "service web: differs in environment, stop_grace",
        "service worker: only in other",
    ]


def test_commits_are_told_where_the_checkout_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Repository.make(tmp_path / "checkout")
    first, second = (made.commit(text) for text in ("Add a door", "Open the door"))
    before = STAGING.running(Origin(second)).deployed(outcome="healthy")
    after = Stood.new("production").running(Origin(first)).deployed(digest=TWO)
    monkeypatch.chdir(tmp_path)
    assert any(f"git log {first}..{second}" in line for line in told(before, after))
    monkeypatch.chdir(made.folder)
    found = told(before, after)
    assert f"  - {second[:8]} Open the door" in found
    assert "  only staging has 1 commit:" in found
    assert not any(first[:8] in line and "Add" in line for line in found)
