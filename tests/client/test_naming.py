"""Names by the registry: its versions decide on aliases, its labels on tags of branches."""

from __future__ import annotations

import pytest

from longshore.client import naming, origins
from longshore.client.remote import Remote
from longshore.client.session import Session
from longshore.delivery.errors import Refused
from longshore.delivery.tags.branches import slug
from longshore.delivery.tags.checkout import Checkout
from longshore.delivery.tags.policy import Policy
from longshore.oci.names import Tag
from longshore.registry.history import Origin
from tests.client.shipping import Shipped
from tests.clients.content import Layout

HASHED = slug("feature/x", 128, with_hash=True)


@pytest.fixture
def shipped(session: Session, layout: Layout, host: str, name: str) -> Shipped:
    return Shipped(session, layout, f"{host}/{name}")


def names(shipped: Shipped, **fields: object) -> list[str]:
    checkout = Checkout(commit="c", **fields)  # type: ignore[arg-type]
    return list(naming.names(shipped.repository, Policy(), checkout).tags)


def test_aliases_go_by_the_versions_that_the_registry_has(shipped: Shipped) -> None:
    released = {"branch": "master", "tags": ("v1.0.6",)}
    assert names(shipped, **released) == ["1.0.6", "1.0", "1", "latest", "master"]
    shipped.push("2.0.0", shipped.image())
    assert names(shipped, **released) == ["1.0.6", "1.0", "1", "master"]


def test_a_tag_of_another_branch_makes_way_for_one_with_a_hash(shipped: Shipped) -> None:
    shipped.push("feature-x", shipped.image(branch="feature-x"))
    assert names(shipped, branch="feature-x") == ["feature-x"]
    assert names(shipped, branch="feature/x") == [HASHED]
    shipped.push(HASHED, shipped.image(branch="feature/x"))
    assert names(shipped, branch="feature/x") == [HASHED]
    shipped.push(HASHED, shipped.image(branch="third"))
    with pytest.raises(Refused, match="is that of branch third already"):
        names(shipped, branch="feature/x")


def test_an_image_that_says_nothing_holds_no_tag_of_a_branch(shipped: Shipped) -> None:
    shipped.push("feature-x", shipped.image())
    assert names(shipped, branch="feature/x") == ["feature-x"]


def test_an_index_says_what_its_first_image_says_and_annotations_say_more(
    shipped: Shipped, layout: Layout
) -> None:
    image = shipped.image(branch="develop", revision="abc")
    statement = layout.manifest(layout.blob(b"{}", "application/x"), [])
    statement["platform"] = {"os": "unknown", "architecture": "unknown"}
    annotations = {"org.opencontainers.image.revision": "def"}
    pushed = shipped.push("1.0.0", layout.index([statement, image], annotations=annotations))
    found = origins.look(Remote(shipped.repository), Tag("1.0.0"))
    assert found.origin == Origin(revision="def", branch="develop")
    assert found.digests > {pushed.digest, image["digest"]}


def test_an_artifact_says_nothing(shipped: Shipped, layout: Layout) -> None:
    shipped.push("1.0.0", layout.artifact(b"text", "text/x-notes"))
    assert origins.look(Remote(shipped.repository), Tag("1.0.0")).origin == Origin()
