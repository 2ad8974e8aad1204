"""What is asked of each server, and how much better than the others Longshore means to be.

Decides loads and targets, one row each. A target is a ratio to distribution in the same run,
never a figure of its own: machines differ, and this one has other things to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.content import (
    KIB,
    LARGE,
    MANIFEST,
    MB100,
    REPOSITORY,
    SMALL,
    TAGS,
    Content,
    Item,
    numbered,
)
from benchmarks.generator import Operation

CLIENTS = 16
TRANSFERS = 3  # as many layers at once as docker moves
LARGE_PUSHES = 6  # in a round, which all have to fit on the disk
NAMES = 100  # on a page
IMAGE = (16 * KIB, 16 * KIB, 2 * KIB)  # two layers and a configuration


@dataclass(frozen=True)
class Scenario:
    """One row of the comparison; `limit` bounds what is too large to be bounded by time alone."""

    key: str
    title: str
    target: float
    connections: int
    operations: Callable[[Content], list[Operation]]
    limit: int = 0
    aim: float = 0.0
    note: str = ""  # the reason, should the target not be reached


def pull(
    item: Item, kind: str, *, name: str = "read", weight: int = 1, authorization: str = ""
) -> Operation:
    """The item read by GET or HEAD."""
    accept = MANIFEST if "/manifests/" in item.path else ""
    return Operation(
        name=name,
        kind=kind,
        weight=weight,
        path=item.path,
        accept=accept,
        authorization=authorization,
        length=item.length,
        sha256=f"sha256:{item.sha256}",
    )


def _image(weight: int = 1) -> Operation:
    repository = "team/pushed-{}"
    return Operation(name="push", kind="image", weight=weight, repository=repository, sizes=IMAGE)


def _blob(*, whole: bool) -> Operation:
    repository = "team/large"
    return Operation(name="push", kind="blob", repository=repository, sizes=(MB100,), whole=whole)


def _page_of_tags() -> Operation:
    path = f"/v2/{REPOSITORY}/tags/list?n={NAMES}&last={numbered(TAGS // 2)}"
    return Operation(name="page", kind="get", path=path)


def _mix(content: Content) -> list[Operation]:
    """Of 120: 48 manifest reads, 40 small and 20 large blob reads, 12 pushes."""
    small = [pull(content.blobs[size], "get", name="small blob", weight=w)
             for size, w in zip(SMALL, (13, 14, 13), strict=True)]  # fmt: skip
    large = [pull(content.blobs[size], "get", name="large blob", weight=10) for size in LARGE]
    return [
        pull(content.by_tag, "get", name="manifest", weight=24),
        pull(content.by_tag, "head", name="manifest", weight=12),
        pull(content.by_digest, "get", name="manifest", weight=12),
        *small,
        *large,
        _image(weight=12),
    ]


SCENARIOS = (
    Scenario(
        "manifest-get",
        "manifest GET by tag",
        2.0,
        CLIENTS,
        lambda content: [pull(content.by_tag, "get")],
        aim=4.0,
    ),
    Scenario(
        "manifest-head",
        "manifest HEAD by tag",
        2.0,
        CLIENTS,
        lambda content: [pull(content.by_tag, "head")],
        aim=4.0,
    ),
    Scenario(
        "tags",
        f"page of {NAMES} out of {TAGS:,} tags",
        2.0,
        CLIENTS,
        lambda _: [_page_of_tags()],
    ),
    Scenario(
        "blob-64k",
        "64 KiB blob GET",
        5.0,
        CLIENTS,
        lambda content: [pull(content.blobs[64 * KIB], "get")],
    ),
    Scenario(
        "blob-100m",
        "100 MB blob GET",
        1.0,
        TRANSFERS,
        lambda content: [pull(content.blobs[MB100], "get")],
    ),
    Scenario(
        "push-100m",
        "100 MB blob push, in one PUT as containerd does",
        1.0,
        TRANSFERS,
        lambda _: [_blob(whole=True)],
        limit=LARGE_PUSHES,
        note="All servers wait for the disk, and runs differ: from 0.77 to 1.11 x in three.",
    ),
    Scenario(
        "push-stream",
        "100 MB blob push, streamed as Docker 20.10 does",
        1.0,
        TRANSFERS,
        lambda _: [_blob(whole=False)],
        limit=LARGE_PUSHES,
        note="Docker sends 32 KiB at a time, and Granian wakes Python for each of them.",
    ),
    Scenario(
        "push-small",
        "small images pushed, 16 in parallel",
        3.0,
        CLIENTS,
        lambda _: [_image()],
        note="13 requests and 10 syncs for each, whose threads wait for Python's one interpreter"
        " lock: some 170 changes of threads an image.",
    ),
    Scenario(
        "mix",
        "mix: 40 % manifest reads, 50 % blob reads, 10 % pushes",
        2.0,
        CLIENTS,
        _mix,
    ),
)


PAGE_LENGTH = 2048  # bytes, about, of a page


def for_nothing(operations: list[Operation]) -> list[Operation]:
    """The same for the server that does nothing: it sends as many bytes as the path says."""
    return [
        Operation(
            name=one.name,
            kind=one.kind,
            weight=one.weight,
            path=f"/{PAGE_LENGTH if one.length < 0 else one.length}",
            length=one.length,
            repository=one.repository,
            sizes=one.sizes,
            whole=one.whole,
        )
        for one in operations
    ]
