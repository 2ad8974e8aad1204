"""What a copy does in which order, so that whatever fails leaves what was there before."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from longshore.client.errors import UnexpectedReply, Unreachable
from longshore.client.session import Session
from longshore.oci.errors import Denied, DigestInvalid, StorageFull
from tests.client.everything import Everything, copy
from tests.client.faulty import Cut, Exchange, Fault, Faulty, on, once
from tests.clients.content import Layout


def denied(exchange: Exchange) -> None:
    for _ in exchange.read():
        pass
    exchange.refuse(403, "DENIED")


def broken(exchange: Exchange) -> None:
    for _ in exchange.read():
        pass
    exchange.reply(500, b"out of order")


def full(exchange: Exchange) -> None:
    for _ in exchange.read():
        pass
    exchange.refuse(507, "DENIED")


def cut(exchange: Exchange) -> None:
    for _ in exchange.read(10):
        pass
    raise Cut


@pytest.mark.parametrize(
    ("fault", "told"),
    [(denied, Denied), (broken, UnexpectedReply), (full, StorageFull), (cut, Unreachable)],
)
def test_a_failing_target_leaves_the_old_tag(
    fault: Fault,
    told: type[Exception],
    layout: Layout,
    sessions: Callable[[], Session],
    faulty: Faulty,
) -> None:
    old, new = (layout.image({"message": word}) for word in (b"old", b"new"))
    layout.tag("old", old)
    layout.tag("new", new)
    copy(sessions(), f"{layout.path}:old", f"{faulty.host}/app:1.0")
    for method, pattern in [("POST", "uploads"), ("PUT", "uploads"), ("PUT", "manifests")]:
        faulty.faults = [on(method, pattern, fault)]
        with pytest.raises(told):
            copy(sessions(), f"{layout.path}:new", f"{faulty.host}/app:1.0")
        assert faulty.manifests["app", "1.0"] == faulty.manifests["app", old["digest"]]
    faulty.faults = []
    copy(sessions(), f"{layout.path}:new", f"{faulty.host}/app:1.0")
    assert faulty.manifests["app", "1.0"] == faulty.manifests["app", new["digest"]]


def test_content_goes_before_what_references_it_and_the_tag_last(
    everything: Everything, session: Session, faulty: Faulty
) -> None:
    everything.write()
    copy(session, f"{everything.layout.path}:1.0", f"{faulty.host}/app")
    puts = [seen.path.rpartition("/")[2] for seen in faulty.asked("PUT", "manifests")]
    last_blob = max(i for i, seen in enumerate(faulty.seen) if "uploads" in seen.path)
    assert all("uploads" not in seen.path for seen in faulty.seen[last_blob + 1 :])
    assert puts[-1] == "1.0"
    order = {reference: place for place, reference in enumerate(puts)}
    for each in [everything.index, *everything.attached]:
        for digest in everything.layout.tree(each).keys() & order.keys() - {each["digest"]}:
            assert order[digest] < order[each["digest"]]
    assert order[everything.index["digest"]] < order[everything.sbom["digest"]]


def test_a_tag_that_is_right_already_is_not_set_again(
    everything: Everything, session: Session, faulty: Faulty
) -> None:
    """Some registries refuse to set a tag again where tags do not move."""
    everything.write()
    for _ in range(2):
        copy(session, f"{everything.layout.path}:1.0", f"{faulty.host}/app")
    tags = [seen.path.rpartition("/")[2] for seen in faulty.asked("PUT", "manifests/1.0")]
    assert tags == ["1.0"]


def test_what_is_there_but_not_listed_is_listed_the_next_time(
    everything: Everything, session: Session, faulty: Faulty
) -> None:
    """As after a kill between the push of a signature and of the list that it belongs in."""
    everything.write()
    copy(session, f"{everything.layout.path}:1.0", f"{faulty.host}/app")
    listing = ("app", everything.index["digest"].replace(":", "-"))
    before = faulty.manifests.pop(listing)
    copy(session, f"{everything.layout.path}:1.0", f"{faulty.host}/app")
    found = {each["digest"] for each in json.loads(faulty.manifests[listing][1])["manifests"]}
    assert found == {each["digest"] for each in json.loads(before[1])["manifests"]}
    assert len(found) == 3


def test_a_tag_that_somebody_moves_meanwhile_is_told(
    layout: Layout, session: Session, faulty: Faulty
) -> None:
    layout.tag("1.0", layout.image({"message": b"ours"}))
    theirs = ("application/x", b"theirs")

    def move(_: Exchange) -> None:
        if faulty.asked("PUT", "manifests"):
            faulty.manifests["app", "1.0"] = theirs

    faulty.faults.append(on("HEAD", "manifests/1.0", move))
    with pytest.raises(DigestInvalid, match="somebody else has moved it"):
        copy(session, str(layout.path), f"{faulty.host}/app:1.0")


def test_a_target_that_names_another_digest_gets_nothing(
    layout: Layout, session: Session, faulty: Faulty
) -> None:
    layout.tag("1.0", layout.image({"message": b"ours"}))
    with pytest.raises(DigestInvalid):
        copy(session, str(layout.path), f"{faulty.host}/app@sha256:{'0' * 64}")
    assert faulty.manifests == {}


def test_one_cut_does_not_end_a_copy(
    layout: Layout, session: Session, faulty: Faulty, other: Faulty
) -> None:
    layout.tag("1.0", layout.image({"message": b"hello"}))
    copy(session, str(layout.path), f"{faulty.host}/app:1.0")
    for registry in (faulty, other):
        registry.faults.append(
            once(on("GET" if registry is faulty else "POST", "blobs", lambda e: e.reply(502)))
        )
    copy(session, f"{faulty.host}/app:1.0", f"{other.host}/app")
    assert other.blobs == faulty.blobs


def test_nothing_is_mounted_from_another_registry(
    layout: Layout, session: Session, faulty: Faulty, other: Faulty
) -> None:
    layout.tag("1.0", layout.image({"message": b"hello"}))
    copy(session, str(layout.path), f"{faulty.host}/app:1.0")
    copy(session, f"{faulty.host}/app:1.0", f"{other.host}/again")
    faulty.faults = [on("HEAD", "again/blobs", lambda exchange: exchange.reply(404))]
    copy(session, f"{faulty.host}/app:1.0", f"{faulty.host}/again")
    mounts = [seen for seen in faulty.asked("POST", "uploads") if "mount" in seen.query]
    assert {seen.query["from"][0] for seen in mounts} == {"app"}
    assert not [seen for seen in other.asked("POST", "uploads") if seen.query]
