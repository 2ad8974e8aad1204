"""Platforms: how one is written, and which of an index fits."""

import pytest

from longshore.oci.platform import Platform


def test_a_platform_is_read_and_written() -> None:
    for text in ("linux/amd64", "linux/arm/v7"):
        assert str(Platform.parse(text)) == text


@pytest.mark.parametrize("text", ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux//v7"])
def test_what_is_no_platform_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="os/architecture"):
        Platform.parse(text)


@pytest.mark.parametrize(
    ("wanted", "offered", "fits"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "linux/arm64", False),
        ("linux/amd64", "windows/amd64", False),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm/v7", "linux/arm", False),
        ("linux/arm/v7", "linux/arm/v6", False),
        ("linux/arm", "linux/arm/v6", True),
    ],
)
def test_what_fits(wanted: str, offered: str, fits: bool) -> None:
    assert Platform.parse(wanted).fits(Platform.parse(offered)) is fits


@pytest.mark.parametrize("described", [None, "linux/amd64", {}, {"os": "linux"}, {"os": 1}])
def test_whatever_else_is_said_is_no_platform(described: object) -> None:
    assert Platform.of(described) is None


def test_what_a_descriptor_says() -> None:
    described = {"os": "linux", "architecture": "arm", "variant": "v7", "os.version": "1"}
    assert Platform.of(described) == Platform("linux", "arm", "v7")
