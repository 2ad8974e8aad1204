"""YAML, read as text: mappings, lists and words, each with the line that it begins on.

Decides that a word is what was written: `1.10` stays `1.10` and `no` stays `no`, since what a value
means is the model's to say. A key twice is an error, and so is what a file of settings has no use
for: anchors, and tags such as `!include`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]

from longshore.source.errors import ProjectError

_BREAKS = re.compile("[\x85\u2028\u2029]")
_PLAIN = "tag:yaml.org,2002:"

Place = tuple[str | int, ...]


class Document(NamedTuple):
    """What a file says, and the line of each of its places, counted from 1."""

    content: object
    lines: Mapping[Place, int]


def parse(text: str) -> Document:
    """Read it; raises ProjectError with the line of what is wrong."""
    try:
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            if isinstance(event, yaml.AliasEvent):
                raise ProjectError(f"line {event.start_mark.line + 1}: anchors are not read")
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        raise ProjectError(f"line {error.problem_mark.line + 1}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ProjectError(f"this is no YAML: {error}") from None
    lines: dict[Place, int] = {}
    return Document({} if node is None else _value(node, (), lines), lines)


def text(content: object) -> str:
    """How it is written in a file."""
    written: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=80)
    return written


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Escapes line breaks that it would write as they are, and read back as blanks."""


def _word(dumper: Any, word: str) -> Any:
    style = '"' if _BREAKS.search(word) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", word, style=style)


_Dumper.add_representer(str, _word)


def _value(node: Any, place: Place, lines: dict[Place, int]) -> object:
    line = node.start_mark.line + 1
    if not node.tag.startswith(_PLAIN):
        raise ProjectError(f"line {line}: tags such as {node.tag} are not read")
    lines[place] = line
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, at), lines) for at, item in enumerate(node.value)]
    return dict(_items(node, place, lines))


def _items(node: Any, place: Place, lines: dict[Place, int]) -> Iterator[tuple[str, object]]:
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise ProjectError(f"line {line}: a key is a word")
        if (*place, key.value) in lines:
            raise ProjectError(f"line {line}: {key.value} is there twice")
        yield str(key.value), _value(value, (*place, key.value), lines)
