"""Arguments that are words or plain numbers, and need no more than a look.

Decides that a value which is what a command asks for already, or none at all, is not looked at
again: for that Typer imports pydantic, which takes longer than all else that a small command
imports. Choices, paths and whatever is wrong are Typer's business as ever.
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


def _process(each: Parameter, look: Any, ctx: Any, typed: Any) -> Any:
    value = _read(each, typed)
    if not _is_as_asked_for(each, value):
        return look(ctx, typed)
    if value is None and _has_many(each):
        value = ()
    return each.callback(ctx, each, value) if each.callback else value


def _is_as_asked_for(each: Parameter, value: Any) -> bool:
    if value is None:
        return not each.required  # else that is a mistake, which Typer puts into words
    asked = each.type_descriptor
    is_words = _has_many(each) and asked.annotation == list[str]
    is_it = is_words or type(value) is asked.annotation
    return is_it and asked.parameter_info.parser is None


def _read(each: Parameter, typed: Any) -> Any:
    """The number that somebody typed, if it is one of those that are possible."""
    asked = each.type_descriptor
    if asked.annotation is not int or not isinstance(typed, str) or not typed.isdecimal():
        return typed
    number, least, most = int(typed), asked.parameter_info.min, asked.parameter_info.max
    is_possible = (least is None or number >= least) and (most is None or number <= most)
    return number if is_possible else typed


def _has_many(each: Parameter) -> bool:
    return each.multiple or each.nargs == -1
