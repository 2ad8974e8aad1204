"""What commands of the server share: its settings as options.

It decides how a setting looks on the command line. Which settings there are, and what they may
be, is the model's business in `server.config`.
"""

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from longshore.cli.descriptions import descriptions
from longshore.server.config import FILE_VARIABLE, Settings, flag, load, shown

Command = Callable[..., None]


def with_settings(*keys: str) -> Callable[[Command], Command]:
    """Give a command an option for each of these settings, and call it with what all sources say.

    Typer reads a command's options off its signature, so that is where they are added.
    """

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def run(config: str | None, **given: Any) -> None:
            flags = {key: given.pop(key) for key in keys}
            command(load(Path(config) if config else None, os.environ, flags), **given)

        texts = descriptions(Settings)
        own = list(inspect.signature(command).parameters.values())[1:]
        options = [
            *own,
            _option("config", "FILE", _FILE),
            *(_setting(key, texts[key]) for key in keys),
        ]
        run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
        return run

    return decorate


_FILE = f"TOML file with settings; {FILE_VARIABLE} names one, too."


def _setting(key: str, description: str) -> inspect.Parameter:
    default = shown(key, Settings.model_fields[key].default)
    text = f"{description} Default: {default}"
    return _option(key, key.rpartition("_")[2].upper(), text)


def _option(key: str, metavar: str, text: str) -> inspect.Parameter:
    option = typer.Option(flag(key), help=text, metavar=metavar, rich_help_panel="Settings")
    annotation = Annotated[str | None, option]
    return inspect.Parameter(
        key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )
