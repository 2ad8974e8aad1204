"""`longshore config`: what is set and why, and what can be set.

Everything here is read off the settings model; nothing is described twice.
"""

import json
from typing import Annotated

import typer

from longshore.cli import descriptions
from longshore.cli.options import with_settings
from longshore.cli.output import Json
from longshore.server.config import PREFIX, Configuration, Settings, flag, shown

app = typer.Typer(
    help="What is set, and what can be set.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
)


@app.command()
@with_settings(*Settings.model_fields)
def show(configuration: Configuration, *, as_json: Json = False) -> None:
    """Print every setting, its value and where that comes from.

    Example: `longshore config show --config longshore.toml`
    """
    values = configuration.settings.model_dump(mode="json")
    origins = {key: configuration.origins.get(key, "default") for key in values}
    if as_json:
        rows = {key: {"value": values[key], "origin": origins[key]} for key in values}
        typer.echo(json.dumps(rows, indent=2))
        return
    written = {key: shown(key, value) for key, value in values.items()}
    first, second = max(map(len, written)), max(map(len, written.values()))
    for key, value in written.items():
        typer.echo(f"{key:{first}}  {value:{second}}  {origins[key]}")


@app.command()
def schema(
    *,
    project: Annotated[
        bool, typer.Option("--project", help="That of longshore.yaml, not of the settings.")
    ] = False,
) -> None:
    """Print the JSON Schema of the file, for editors.

    Example: `longshore config schema > longshore.schema.json`
    """
    from longshore.source.project import Project

    typer.echo(json.dumps(descriptions.schema(Project if project else Settings), indent=2))


@app.command()
def reference() -> None:
    """Print the reference of all settings as a Markdown page.

    Example: `longshore config reference > docs/configuration.md`
    """
    typer.echo(_PAGE, nl=False)
    texts = descriptions.descriptions(Settings)
    for key, field in Settings.model_fields.items():
        names = f"`{flag(key)}`, `{PREFIX}{key.upper()}`"
        default = shown(key, field.default)
        typer.echo(f"\n## {key}\n\n{texts[key]}\n\nDefault: `{default}`. Also {names}.")


_PAGE = """\
# Configuration

<!-- Written by `make docs` from the settings model; a test compares the two. -->

Each setting is a key of a TOML file (`--config FILE`, or `LONGSHORE_CONFIG`), a variable of the
environment, and an option of `longshore serve`. An option wins over a variable, a variable over
the file, the file over the default. A name that is not on this page is refused, wherever it is.

Times are seconds, or `90s`, `15m`, `24h`, `7d`. Sizes are bytes, or `256MiB`, `2GiB`.

```toml
# longshore.toml
root = "/var/lib/longshore"
listen = "127.0.0.1:5000"
gc_grace = "24h"
```

`longshore config show` prints what is set and where it was set; `longshore config schema` prints a
JSON Schema for editors.
"""
