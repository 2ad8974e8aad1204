"""Releases: names of an image that is there, at one moment where the registry has a way to that."""

from __future__ import annotations

import pytest

from longshore.client import manifests, naming, releases
from longshore.client.manifests import Pulled
from longshore.client.releases import Release
from longshore.client.session import Session
from longshore.delivery.errors import Refused
from longshore.delivery.tags.checkout import Checkout
from longshore.delivery.tags.policy import Policy
from longshore.delivery.tags.rules import Rules
from longshore.oci.errors import Denied
from longshore.oci.image import ImageReference
from longshore.oci.names import Tag
from tests.client.faulty import Exchange, Faulty, on
from tests.client.shipping import Shipped
from tests.clients.content import Layout


@pytest.fixture
def shipped(session: Session, layout: Layout, host: str, name: str) -> Shipped:
    return Shipped(session, layout, f"{host}/{name}")


def release(shipped: Shipped, image: Pulled, version: str, *, dry_run: bool = False) -> Release:
    named = naming.names(shipped.repository, Policy(), Checkout(version=version))
    return releases.release(shipped.repository, Rules(), named, image, dry_run=dry_run)


def test_a_version_takes_its_aliases_along_and_older_lines_stay(shipped: Shipped) -> None:
    first = shipped.push("develop", shipped.image())
    done = release(shipped, first, "1.1.0")
    assert done.moves == ["1.1.0", "1.1", "1", "latest"]
    second = shipped.push("develop", shipped.image())
    assert release(shipped, second, "1.0.6").moves == ["1.0.6", "1.0"]
    old = dict.fromkeys(("1.1.0", "1.1", "1", "latest"), first.digest)
    new = dict.fromkeys(("develop", "1.0.6", "1.0"), second.digest)
    assert shipped.tags() == old | new


def test_the_same_again_is_nothing_to_do_and_other_content_is_refused(shipped: Shipped) -> None:
    first = shipped.push("develop", shipped.image())
    release(shipped, first, "1.0.5")
    assert release(shipped, first, "1.0.5").moves == []
    second = shipped.push("develop", shipped.image())
    before = shipped.tags()
    with pytest.raises((Refused, Denied), match=r"1\.0\.5 exists with other content"):
        release(shipped, second, "1.0.5")
    assert shipped.tags() == before


def test_a_dry_run_says_what_would_move_and_moves_nothing(shipped: Shipped) -> None:
    image = shipped.push("develop", shipped.image())
    assert release(shipped, image, "1.0.5", dry_run=True).moves == ["1.0.5", "1.0", "1", "latest"]
    assert shipped.tags() == {"develop": image.digest}


def test_one_request_sets_all_names_where_the_registry_says_that_it_has(
    session: Session, layout: Layout, longshore_host: str, registry_2: str, name: str
) -> None:
    tags = [Tag("1.0.5"), Tag("1.0"), Tag("master")]
    for host, is_one in ((longshore_host, True), (registry_2, False)):
        shipped = Shipped(session, layout, f"{host}/{name}")
        image = shipped.push("develop", shipped.image())
        assert manifests.name(shipped.repository, image, tags) == is_one
        assert shipped.tags() == dict.fromkeys(["develop", *tags], image.digest)


def test_elsewhere_the_version_comes_first_so_that_no_alias_is_ahead_of_it(
    session: Session, layout: Layout, faulty: Faulty
) -> None:
    shipped = Shipped(session, layout, f"{faulty.host}/app")
    image = shipped.push("develop", shipped.image())
    put = len(faulty.asked("PUT", "manifests"))

    def refuse(exchange: Exchange) -> None:
        for _ in exchange.read():
            pass
        exchange.refuse(403, "DENIED")

    faulty.faults.append(on("PUT", "manifests/1$", refuse))
    named = naming.names(
        session.repository(ImageReference.parse(f"{faulty.host}/app")),
        Policy(),
        Checkout(branch="master", tags=("v1.0.5",)),
    )
    with pytest.raises(Denied):
        releases.release(shipped.repository, Rules(), named, image, dry_run=False)
    assert [seen.path.rpartition("/")[2] for seen in faulty.asked("PUT", "manifests")[put:]] == [
        image.digest,
        "1.0.5",
        "1.0",
        "1",
    ]
    faulty.faults.clear()
    done = releases.release(shipped.repository, Rules(), named, image, dry_run=False)
    assert done.moves == ["1", "latest", "master"]
    assert not done.at_once
