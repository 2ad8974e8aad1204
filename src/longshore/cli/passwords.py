"""Passwords on the command line: asked for on a terminal, read from standard input off it.

Decides that a password is never an argument, which every user of a machine can see.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

MOST = 4096  # bytes that are read

FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


def new_password(*, from_stdin: bool) -> str:
    """A password, typed twice."""
    if from_stdin:
        return _read()
    _require_terminal()
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


def old_password() -> str:
    """The password so far; only people are asked for it."""
    _require_terminal()
    typed: str = typer.prompt("Old password", hide_input=True, err=True)
    return typed


def _read() -> str:
    try:
        text = sys.stdin.buffer.read(MOST).decode()
    except UnicodeDecodeError:
        raise typer.BadParameter("standard input is no text in UTF-8") from None
    return text.removesuffix("\n").removesuffix("\r")


def _require_terminal() -> None:
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            "there is no terminal to ask for a password on: use --password-stdin"
        )
