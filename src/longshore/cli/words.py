"""Arguments that are words, and stay as they were typed.

Decides that a value which is what a command asks for already is not looked at again: for that
Typer imports pydantic, which takes longer than all else that a small command imports. Numbers,
choices and paths that somebody typed are Typer's business as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from typer._coercion import RuntimeParam, TypeDescriptor, build_runtime_param
from typer.core import TyperArgument, TyperOption


@dataclass(frozen=True)
class _AsTyped(RuntimeParam):
    descriptor: TypeDescriptor

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        if type(value) is self.annotation and self.parameter_info.parser is None:
            return value
        return build_runtime_param(self.descriptor).coerce(value, param, ctx)


def leave_as_typed(command: Any, ctx: Any) -> None:
    """Let the command's parameters be."""
    for each in command.get_params(ctx):
        if isinstance(each, TyperArgument | TyperOption):
            known = each.type_descriptor
            each._runtime_param = _AsTyped(known.parameter_info, known.annotation, known)  # noqa: SLF001
