"""Manifests: what they reference, and which bytes are none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.oci import media_types
from longshore.oci.digest import Digest
from longshore.oci.errors import DigestInvalid, ManifestInvalid, OCIError, Unsupported
from longshore.oci.manifest import parse
from longshore.oci.media_types import DOCKER_IMAGE, DOCKER_LIST, OCI_IMAGE, OCI_INDEX
from tests.content import FOREIGN, descriptor

ONE, TWO, THREE, FOUR = (Digest.of(text) for text in (b"one", b"two", b"three", b"four"))
CONFIG = descriptor(ONE, "application/x.config")


def image(**more: Any) -> dict[str, Any]:
    return {"schemaVersion": 2, "config": CONFIG, "layers": [descriptor(TWO)], **more}


def index(**more: Any) -> dict[str, Any]:
    return {"schemaVersion": 2, "manifests": [descriptor(TWO, OCI_IMAGE)], **more}


def encode(body: object) -> bytes:
    return json.dumps(body).encode()


def refuse(content: bytes, media_type: str = OCI_IMAGE) -> str:
    """What a client is told that pushes these bytes."""
    with pytest.raises(ManifestInvalid) as refused:
        parse(content, media_type)
    return str(refused.value)


@pytest.mark.parametrize("media_type", [OCI_IMAGE, DOCKER_IMAGE])
@pytest.mark.parametrize("says_so", [True, False])
def test_an_image_needs_its_config_and_layers(media_type: str, *, says_so: bool) -> None:
    body = image(annotations={"a": "b"}) | ({"mediaType": media_type} if says_so else {})
    content = encode(body)
    found = parse(content, f"{media_type}; charset=utf-8")
    assert found.content == content
    assert found.media_type == media_type
    assert found.blobs == {ONE, TWO}
    assert found.elsewhere == found.children == frozenset()
    assert found.subject is None
    assert found.annotations == {"a": "b"}
    assert found.artifact_type == "application/x.config"


@pytest.mark.parametrize("media_type", [OCI_INDEX, DOCKER_LIST])
def test_an_index_needs_its_children(media_type: str) -> None:
    found = parse(encode(index(subject=descriptor(THREE))), media_type)
    assert found.children == {TWO}
    assert found.blobs == found.elsewhere == frozenset()
    assert found.subject == THREE
    assert found.artifact_type is None
    assert found.annotations == {}


def test_empty_lists_are_lists() -> None:
    assert parse(encode(image(layers=[])), OCI_IMAGE).blobs == {ONE}
    assert parse(encode(index(manifests=[])), OCI_INDEX).children == frozenset()


@pytest.mark.parametrize(
    ("layer", "is_elsewhere"),
    [
        (descriptor(THREE), False),
        (descriptor(THREE, FOREIGN), True),
        (descriptor(THREE, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"), True),
        (descriptor(THREE) | {"urls": ["https://elsewhere.example/layer"]}, True),
        (descriptor(THREE) | {"urls": []}, False),
    ],
)
def test_layers_that_may_live_elsewhere_are_not_needed(layer: Any, *, is_elsewhere: bool) -> None:
    found = parse(encode(image(layers=[layer])), OCI_IMAGE)
    assert found.elsewhere == ({THREE} if is_elsewhere else set())
    assert found.blobs == ({ONE} if is_elsewhere else {ONE, THREE})


def test_a_config_is_needed_wherever_it_may_live() -> None:
    assert parse(encode(image(config=descriptor(ONE, FOREIGN))), OCI_IMAGE).blobs == {ONE, TWO}


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (image(artifactType="application/x.sbom"), OCI_IMAGE, "application/x.sbom"),
        (image(artifactType=""), OCI_IMAGE, "application/x.config"),
        (image(artifactType=None), OCI_IMAGE, "application/x.config"),
        (index(artifactType="application/x.group"), OCI_INDEX, "application/x.group"),
        (index(), OCI_INDEX, None),
        ({"artifactType": "application/x.any"}, "application/x.own+json", "application/x.any"),
        ({}, "application/x.own+json", None),
    ],
)
def test_the_artifact_type_is_its_own_or_that_of_the_config(
    body: Any, media_type: str, expected: str | None
) -> None:
    assert parse(encode(body), media_type).artifact_type == expected


def test_an_unknown_kind_of_manifest_references_what_known_kinds_do() -> None:
    body = {
        "config": CONFIG,
        "layers": [descriptor(TWO)],
        "blobs": [descriptor(THREE)],
        "manifests": [descriptor(FOUR)],
        "custom": [1, {"x": None}],
    }
    found = parse(encode(body), "application/vnd.oci.artifact.manifest.v1+json")
    assert found.blobs == {ONE, TWO, THREE}
    assert found.children == {FOUR}


def test_fields_of_others_are_welcome_and_the_bytes_stay() -> None:
    body = image(custom={"a": [1.5, True, None, 1e400]}, layers=[descriptor(TWO) | {"x": 1}])
    content = b" \n" + encode(body).replace(b"Infinity", b"1e400")
    assert parse(content, OCI_IMAGE).content == content


def test_schema_1_is_not_supported() -> None:
    for media_type in media_types.SCHEMA_1:
        with pytest.raises(Unsupported, match="schema 1"):
            parse(b"{}", media_type)
    with pytest.raises(Unsupported, match="schema 1"):
        parse(encode({"schemaVersion": 1}), "application/json")


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (image(manifests=[]), OCI_IMAGE),
        (image(manifests=[descriptor(TWO)]), DOCKER_IMAGE),
        (index(layers=[]), OCI_INDEX),
        (index(config=CONFIG), DOCKER_LIST),
        (image(), OCI_INDEX),
        (index(), OCI_IMAGE),
        (image(mediaType=OCI_INDEX), OCI_IMAGE),
        (image(mediaType=DOCKER_IMAGE), OCI_IMAGE),
        (index(mediaType=OCI_IMAGE), OCI_INDEX),
        (image(mediaType="application/x.other"), "application/x.own"),
        (image(mediaType=""), OCI_IMAGE),
    ],
)
def test_what_two_clients_could_read_as_two_things_is_refused(body: Any, media_type: str) -> None:
    """CVE-2021-41190."""
    refuse(encode(body), media_type)


@pytest.mark.parametrize("version", [None, 0, 3, "2", 2.5, True, [2]])
def test_images_and_indexes_are_of_schema_2(version: object) -> None:
    refuse(encode(image(schemaVersion=version)))
    refuse(encode(index(schemaVersion=version)), OCI_INDEX)


@pytest.mark.parametrize("name", ["config", "layers"])
def test_an_image_without_a_part_is_refused(name: str) -> None:
    refuse(encode({key: value for key, value in image().items() if key != name}))
    refuse(encode(image() | {name: None}))


def test_a_wide_manifest_is_read() -> None:
    layers = [descriptor(Digest.of(str(number).encode())) for number in range(5000)]
    assert len(parse(encode(image(layers=layers)), OCI_IMAGE).blobs) == 5001


@pytest.mark.parametrize(
    "more",
    [
        {"config": []},
        {"config": "x"},
        {"config": {}},
        {"config": descriptor(ONE) | {"size": -1}},
        {"config": descriptor(ONE) | {"size": "1"}},
        {"config": descriptor(ONE) | {"size": 1.5}},
        {"config": descriptor(ONE) | {"size": True}},
        {"config": descriptor(ONE) | {"mediaType": 1}},
        {"config": descriptor(ONE) | {"digest": 1}},
        {"layers": {}},
        {"layers": [None]},
        {"layers": [descriptor(ONE) | {"size": -1}]},
        {"layers": [descriptor(ONE) | {"urls": "x"}]},
        {"layers": [{"digest": ONE, "size": 1}]},
        {"subject": "x"},
        {"subject": {}},
        {"annotations": []},
        {"annotations": {"a": 1}},
        {"annotations": {"a": None}},
        {"artifactType": 1},
        {"mediaType": 1},
    ],
)
def test_fields_of_the_wrong_kind_are_refused(more: dict[str, Any]) -> None:
    refuse(encode(image(**more)))


@pytest.mark.parametrize("digest", ["", "latest", "sha256:bad", ONE.upper(), f"md5:{'0' * 32}"])
@pytest.mark.parametrize("place", ["config", "layers", "elsewhere", "subject"])
def test_a_digest_that_is_none_is_refused(place: str, digest: str) -> None:
    bodies = {
        "config": image(config=descriptor(digest)),
        "layers": image(layers=[descriptor(digest)]),
        "elsewhere": image(layers=[descriptor(digest, FOREIGN)]),
        "subject": image(subject=descriptor(digest)),
    }
    with pytest.raises(DigestInvalid):
        parse(encode(bodies[place]), OCI_IMAGE)
    with pytest.raises(DigestInvalid):
        parse(encode(index(manifests=[descriptor(digest)])), OCI_INDEX)


@pytest.mark.parametrize(
    "more",
    [
        {"artifactType": "\ud800"},
        {"artifactType": "\0"},
        {"config": descriptor(ONE, "application/\udfff")},
        {"annotations": {"a": "\ud800"}},
        {"annotations": {"\udc00": "a"}},
        {"mediaType": "\ud800"},
    ],
)
def test_text_that_no_encoding_has_is_refused(more: dict[str, Any]) -> None:
    """Half a pair of surrogates, which JSON can spell and UTF-8 can not."""
    refuse(encode(image(**more)))


def test_a_refusal_is_short_however_long_what_it_refuses() -> None:
    assert len(refuse(encode(image(config="x" * 9999)))) < 400
    assert len(refuse(encode({"x" * 9999: 1}) + b"!", "a/b")) < 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    ["schemaVersion", "mediaType", "config", "layers", "manifests", "subject", "annotations"]
)
TYPES = st.sampled_from([OCI_IMAGE, OCI_INDEX, DOCKER_IMAGE, DOCKER_LIST, "application/x.own"])


@given(st.binary(max_size=200), TYPES)
def test_any_bytes_are_read_or_refused(content: bytes, media_type: str) -> None:
    with pytest.raises(OCIError):
        parse(content, media_type)


@given(st.dictionaries(FIELDS, JSON, max_size=3), st.sampled_from([image, index]), TYPES)
def test_any_fields_are_read_or_refused(changes: Any, kind: Any, media_type: str) -> None:
    content = encode(kind() | changes)
    try:
        found = parse(content, media_type)
    except OCIError:
        return
    assert found.content == content
    assert found.media_type == media_type
    json.dumps(found.annotations, ensure_ascii=False).encode()
