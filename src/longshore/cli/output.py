"""Results as JSON: the option that every command with a result has.

It is apart from the settings of the server, whose import takes longer than a small command.
"""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
