"""A registry that runs, and a checkout whose images go there; a folder of one that does not."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.checkouts import Checkout
from tests.cli.managed import Folder
from tests.client.registries import running


@pytest.fixture(scope="module")
def longshore_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running("longshore", tmp_path_factory.mktemp("longshore")) as host:
        yield host


@pytest.fixture
def checkout(tmp_path: Path, longshore_host: str) -> Checkout:
    return Checkout(tmp_path, longshore_host)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a registry with one account; each test gets a copy of its rows."""
    folder = Folder(tmp_path_factory.mktemp("kept") / "data")
    folder.add_user("alice")
    return folder.root


@pytest.fixture
def folder(tmp_path: Path, kept: Path) -> Folder:
    root = tmp_path / "data"
    root.mkdir()
    shutil.copy(kept / "longshore.db", root)
    return Folder(root)
