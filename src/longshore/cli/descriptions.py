"""What models say of their fields: the text below each, where the model is written.

Pydantic reads it as well (`use_attribute_docstrings`), but whenever a model is imported, which was
a fifth of a server's start; here it is read when somebody is to see it. It knows no model by name.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from pydantic import BaseModel


@functools.cache  # each command of a group has settings as its options
def descriptions(model: type[BaseModel]) -> Mapping[str, str]:
    """The text of each field that has one, inherited ones included."""
    models = [each for each in reversed(model.__mro__) if issubclass(each, BaseModel)]
    return {field: text for each in models if each is not BaseModel for field, text in _texts(each)}


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a model, with the texts of its fields and of all that is in it."""
    document = model.model_json_schema()
    models = {each.__name__: each for each in _kinds_of(BaseModel)}
    parts = {model.__name__: document, **document.get("$defs", {})}
    for name in parts.keys() & models.keys():
        for field, text in descriptions(models[name]).items():
            parts[name]["properties"][field]["description"] = text
    return document


def _texts(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[model.__module__]))
    [written] = [
        each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == model.__name__
    ]
    for field, below in pairwise(written.body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)


def _kinds_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for kind in model.__subclasses__():
        yield kind
        yield from _kinds_of(kind)
