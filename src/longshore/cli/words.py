"""Arguments that are words, and stay as they were typed.

Decides that a value which is what a command asks for already, or none at all, is not looked at
again: for that Typer imports pydantic, which takes longer than all else that a small command
imports. Numbers, choices and paths that somebody typed are Typer's business as ever.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from typer.core import TyperArgument, TyperOption

Parameter = TyperArgument | TyperOption


def leave_as_typed(command: Any, ctx: Any) -> None:
    """Let the command's parameters be."""
    for each in command.get_params(ctx):
        if isinstance(each, Parameter):
            look = each.process_value
            each.process_value = partial(_process, each, look)  # type: ignore[method-assign]


def _process(each: Parameter, look: Any, ctx: Any, value: Any) -> Any:
    if not _is_as_asked_for(each, value):
        return look(ctx, value)
    if value is None and _has_many(each):
        value = ()
    return each.callback(ctx, each, value) if each.callback else value


def _is_as_asked_for(each: Parameter, value: Any) -> bool:
    if value is None:
        return not each.required  # else that is a mistake, which Typer puts into words
    asked = each.type_descriptor
    return type(value) is asked.annotation and asked.parameter_info.parser is None


def _has_many(each: Parameter) -> bool:
    return each.multiple or each.nargs == -1
