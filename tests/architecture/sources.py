"""The project's own source, parsed: modules and functions, for the tests that measure them."""

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "longshore"


@dataclass(frozen=True)
class Module:
    """One file of Python."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        gc.disable()  # to look for garbage in what is kept takes longer than to parse it
        try:
            return ast.parse(self.text)
        finally:
            gc.enable()

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def package(self) -> str:
        """The layer's package it is in: `api` for `src/longshore/api/blobs.py`."""
        return self.path.relative_to(PACKAGE).parts[0]

    def statements(self) -> Iterator[ast.AST]:
        """All of them, and none of the expressions that most of a tree is."""
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            found = waiting.pop()
            yield found
            inner = ast.iter_child_nodes(found)
            waiting += (node for node in inner if not isinstance(node, ast.expr))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in self.statements():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imports(self) -> Iterator[str]:
        """The top-level names of all that it imports."""
        for node in self.statements():
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]

    def uses(self) -> Iterator[str]:
        """What it takes of modules that it imports by name: `longshore.registry.tags.point`."""
        names = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                yield f"{names.get(node.value.id, '')}.{node.attr}"


def modules(*folders: str) -> list[Module]:
    """Every module below these folders of the project."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return [_module(path) for path in sorted(found)]


@cache
def _module(path: Path) -> Module:
    """Each is parsed once."""
    return Module(path)
