"""Media types: what a Content-Type names, and which layers may live elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.oci import media_types
from longshore.oci.errors import ManifestInvalid


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (media_types.OCI_IMAGE, media_types.OCI_IMAGE),
        (f"{media_types.OCI_INDEX}; charset=utf-8", media_types.OCI_INDEX),
        (f" {media_types.DOCKER_IMAGE} ;x", media_types.DOCKER_IMAGE),
        ("text/plain", "text/plain"),
        ("a/b", "a/b"),
        ("application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.config.v1+json"),
    ],
)
def test_the_media_type_of_a_header(header: str, expected: str) -> None:
    assert media_types.parse(header) == expected


@pytest.mark.parametrize(
    "header",
    ["", ";", "json", "a/", "/b", "a/b/c", "a /b", "a/ä", "a/b,c/d", "*/*", f"a/{'b' * 128}"],
)
def test_a_header_without_a_media_type_is_refused(header: str) -> None:
    with pytest.raises(ManifestInvalid):
        media_types.parse(header)


@given(st.text())
def test_any_header_names_a_printable_type_or_is_refused(header: str) -> None:
    try:
        found = media_types.parse(header)
    except ManifestInvalid:
        return
    assert found.isascii()
    assert found.isprintable()
    assert " " not in found


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/vnd.oci.image.layer.nondistributable.v1.tar", True),
        ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", True),
        ("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", True),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", True),
        ("application/vnd.oci.image.layer.v1.tar+gzip", False),
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", False),
    ],
)
def test_layers_that_may_live_elsewhere(media_type: str, expected: bool) -> None:
    assert media_types.may_live_elsewhere(media_type) is expected
