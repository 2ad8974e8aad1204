"""ARCHITECTURE.md, the import contract and the code say the same about layers."""

import re
import sys
import tomllib
from typing import NamedTuple

import pytest

from tests.architecture.sources import PACKAGE, ROOT, modules

PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


class Layer(NamedTuple):
    """A row of the page's table."""

    packages: set[str]
    third_party: set[str]


def table() -> list[Layer]:
    rows = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| ")]
    layers = [row for row in rows if len(row) == 4][1:]  # without the heading
    return [Layer(set(words(packages)), set(words(third))) for _, packages, _, third in layers]


def words(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def packages() -> set[str]:
    """The packages that exist."""
    return {folder.parent.name for folder in PACKAGE.glob("*/__init__.py")}


def test_the_table_is_the_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract, *_ = project["tool"]["importlinter"]["contracts"]
    there = [
        {name for name in re.findall(r"\w+", line) if name in packages()}
        for line in contract["layers"]
    ]
    assert [layer.packages for layer in table()] == [line for line in there if line]
    assert contract["exhaustive"]


def test_every_package_has_a_layer() -> None:
    listed = [name for layer in table() for name in layer.packages]
    assert sorted(listed) == sorted(packages())


@pytest.mark.parametrize("layer", table(), ids=lambda layer: "+".join(sorted(layer.packages)))
def test_a_layer_uses_the_third_parties_that_the_table_grants_it(layer: Layer) -> None:
    used = {
        name
        for module in modules("src/longshore")
        if module.package in layer.packages
        for name in module.imports()
        if name != "longshore" and name not in sys.stdlib_module_names
    }
    assert used == layer.third_party


def test_every_file_that_the_page_names_exists() -> None:
    paths = re.findall(r"`([\w./]+(?:\.py|\.md|\.toml|/))`", PAGE)
    missing = [
        path for path in paths if not any((base / path).exists() for base in (PACKAGE, ROOT))
    ]
    assert paths
    assert missing == []


def test_the_page_stays_a_page() -> None:
    assert len(PAGE.splitlines()) <= 120


def test_only_the_rules_of_tags_move_them_for_they_see_that_it_is_told() -> None:
    """Subscribers and environments learn of every move, whichever way it came about."""
    moving = ("tags.point", "tags.delete", "manifests.put", "manifests.delete", "restoring.restore")
    rules = {f"longshore.registry.{name}" for name in (*moving, "restoring.carry_out")}
    movers = {
        str(module)
        for module in modules("src/longshore")
        if module.package != "registry" and rules.intersection(module.uses())
    }
    names = ("pushes", "releases", "restoring")
    assert movers == {f"src/longshore/delivery/tags/{name}.py" for name in names}
