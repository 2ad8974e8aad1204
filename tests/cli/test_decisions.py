"""The history of an environment within 80 columns."""

from typing import Any

from longshore.cli.decisions import lines
from longshore.cli.tables import when
from tests.cli.stood import ONE

AT = "2026-11-24T10:00:00+00:00"


def line(act: str, reason: str, *, digest: str = ONE) -> Any:
    about = {"repository": "team/app" if digest else "", "digest": digest, "name": "1.0.5"}
    return {"at": AT, "act": act, "who": "kees", "reason": reason, **about}


def test_a_reason_that_has_no_room_is_below() -> None:
    found = [
        line("deploy", "follow"),
        line("freeze", "incident 7 " * 8, digest=""),
        line("fail", "web on web-1:\nexit code 1"),
    ]
    image = f"team/app:1.0.5 ({ONE.hex[:12]})"
    assert list(lines(found, 80)) == [
        "WHEN              ACT     WHO   IMAGE                          REASON",
        f"{when(AT)}  deploy  kees  {image}  follow",
        f"{when(AT)}  freeze  kees",
        "    incident 7 incident 7 incident 7 incident 7 incident 7 incident 7 incident 7",
        "    incident 7",
        f"{when(AT)}  fail    kees  {image}",
        "    web on web-1:",
        "    exit code 1",
    ]
    assert list(lines([], 80)) == ["WHEN  ACT  WHO  IMAGE  REASON"]
