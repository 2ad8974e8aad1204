"""Images copied from everywhere to everywhere, with all that belongs to them, byte by byte."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from longshore.client.copying import Event
from longshore.client.session import Session
from longshore.oci.errors import DigestInvalid, ManifestUnknown, OCIError
from longshore.oci.platform import Platform
from tests.client.conftest import HOSTS
from tests.client.everything import Everything, Views, attached_to, copy
from tests.clients.content import Layout, read_layout, tagged
from tests.depth import some

Pairs = list[tuple[str, str]]


@pytest.fixture
def pairs(request: pytest.FixtureRequest, name: str) -> Pairs:
    """A repository to copy from and one to copy to, for pairs of registries."""
    found = []
    for source, target in some([*itertools.product(HOSTS, HOSTS)]):
        place = f"{name}/{source}-to-{target}".replace("_", "-")
        hosts = [request.getfixturevalue(each) for each in (source, target)]
        found.append((f"{hosts[0]}/{place}/source", f"{hosts[1]}/{place}/target"))
    return found


def test_everything_goes_from_any_registry_to_any(
    pairs: Pairs, everything: Everything, session: Session, view: Views
) -> None:
    for source, target in pairs:
        everything.push(view(source))
        copied = copy(session, f"{source}:1.0", target)
        arrived = view(target)
        assert copied.digest == arrived.digest("1.0") == everything.index["digest"], target
        assert arrived.tree("1.0") == everything.layout.tree(everything.index), target
        for tag, each in everything.cosign.items():
            assert arrived.tree(tag) == everything.layout.tree(each), target


@pytest.fixture
def there(longshore_host: str, name: str, everything: Everything, view: Views) -> str:
    """Return a repository of Longshore that has everything."""
    everything.push(view(f"{longshore_host}/{name}"))
    return f"{longshore_host}/{name}"


def test_what_is_attached_goes_by_any_registry_to_any(
    pairs: Pairs, there: str, everything: Everything, session: Session, view: Views
) -> None:
    """From where the API of referrers is, by where it may not be, to anywhere."""
    digests = [each["digest"] for each in everything.attached]
    for between, target in pairs:
        copy(session, f"{there}:1.0", between)
        copy(session, f"{between}:1.0", target)
        arrived = view(target)
        for each in everything.attached:
            assert arrived.tree(each["digest"]) == everything.layout.tree(each), target
        assert attached_to(arrived, everything.index["digest"]) == {
            digests[number] for number in (0, 1, 4)
        }, target
        assert attached_to(arrived, everything.sbom["digest"]) == {digests[2]}, target


@pytest.mark.parametrize("ending", ["", ".tar"], ids=["folder", "archive"])
def test_everything_goes_into_a_layout_and_out_again(
    ending: str,
    there: str,
    everything: Everything,
    session: Session,
    view: Views,
    tmp_path: Path,
) -> None:
    place = f"{tmp_path}/copied{ending}"
    copy(session, f"{there}:1.0", place)
    copy(session, f"{place}:1.0", f"{there}/back")
    arrived = view(f"{there}/back")
    assert arrived.tree("1.0") == everything.layout.tree(everything.index)
    assert len(arrived.referrers(everything.index["digest"])) == 3
    assert sorted(arrived.tags()) == sorted(["1.0", *everything.cosign])
    if not ending:
        assert tagged(Path(place))["1.0"] == everything.index["digest"]
        assert read_layout(Path(place), everything.sbom["digest"])


def test_a_layout_that_another_program_wrote_is_pushed(
    name: str, everything: Everything, session: Session, longshore_host: str, view: Views
) -> None:
    everything.write()
    copy(session, f"{everything.layout.path}:1.0", f"{longshore_host}/{name}")
    arrived = view(f"{longshore_host}/{name}")
    for digest, body in everything.trees.items():
        kind = "manifests" if body.startswith(b'{"schemaVersion"') else "blobs"
        assert arrived.has(kind, digest), digest


def test_one_platform_is_copied_as_it_is(
    name: str, everything: Everything, session: Session, longshore_host: str, view: Views
) -> None:
    everything.push(view(f"{longshore_host}/{name}"))
    source = f"{longshore_host}/{name}:1.0"
    s390x = Platform.parse("linux/s390x")
    target = f"{longshore_host}/{name}/s390x"
    copied = copy(session, source, target, platform=s390x, attached=False)
    assert copied.manifests == 1
    assert view(f"{longshore_host}/{name}/s390x").tags() == ["1.0"]
    with pytest.raises(ManifestUnknown, match="linux/riscv64; there are images for linux/s390x"):
        copy(session, source, f"{longshore_host}/x", platform=Platform.parse("linux/riscv64"))


def test_what_is_there_does_not_go_again(
    name: str, everything: Everything, session: Session, host: str, view: Views
) -> None:
    everything.push(view(f"{host}/{name}"))
    copy(session, f"{host}/{name}:1.0", f"{host}/{name}/target")
    events: list[Event] = []
    copied = copy(session, f"{host}/{name}:1.0", f"{host}/{name}/target", events)
    assert (copied.manifests, copied.blobs, copied.mounted, copied.bytes) == (0, 0, 0, 0)
    assert {event.action for event in events} == {"present"}


def test_blobs_are_mounted_within_a_registry(
    name: str, everything: Everything, session: Session, host: str, view: Views
) -> None:
    everything.push(view(f"{host}/{name}"))
    copied = copy(session, f"{host}/{name}:1.0", f"{host}/{name}/target")
    assert copied.blobs == copied.bytes == 0
    assert copied.mounted > 5


def test_sha512_stays_sha512(
    name: str, session: Session, longshore_host: str, registry_3: str, view: Views, tmp_path: Path
) -> None:
    layout = Layout(tmp_path / "sha512", "sha512")
    index = layout.index([layout.image({"message": b"hello"})])
    layout.tag("1.0", index)
    first, second = f"{longshore_host}/{name}", f"{longshore_host}/{name}/again"
    copy(session, f"{layout.path}:1.0", first)
    copy(session, f"{first}:1.0", second)
    arrived = view(f"{longshore_host}/{name}/again")
    assert arrived.digest("1.0") == index["digest"]
    assert arrived.tree("1.0") == layout.tree(index)
    # This one hashes every manifest by sha256: what is not possible is told, not bent.
    with pytest.raises(DigestInvalid):
        copy(session, f"{first}:1.0", f"{registry_3}/{name}")


def test_layers_that_live_elsewhere_stay_there(
    name: str, layout: Layout, session: Session, longshore_host: str, view: Views
) -> None:
    config = layout.blob(b"{}", "application/vnd.oci.image.config.v1+json")
    foreign = {
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": f"sha256:{'0' * 64}",
        "size": 1000,
        "urls": ["https://layers.test/1"],
    }
    image = layout.manifest(config, [foreign])
    layout.tag("1.0", image)
    copied = copy(session, str(layout.path), f"{longshore_host}/{name}:1.0")
    assert (copied.blobs, copied.digest) == (1, image["digest"])
    assert view(f"{longshore_host}/{name}").digest("1.0") == image["digest"]


@pytest.mark.parametrize("reference", ["", ":2.0", f"@sha256:{'0' * 64}"])
def test_an_image_that_is_not_there_is_not_copied(
    reference: str, name: str, host: str, session: Session
) -> None:
    with pytest.raises(OCIError):
        copy(session, f"{host}/{name}{reference}", f"{host}/{name}/target")
