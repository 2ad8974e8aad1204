"""`longshore init`: write the project file of the present folder.

It decides where the file is, and that one which is there stays unless it is told otherwise.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from longshore.cli.output import Json
from longshore.cli.tables import print_done

Image = Annotated[
    str | None,
    typer.Option("--image", metavar="NAME", help="The image, such as registry.example.com/app."),
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def init(*, image: Image = None, force: Force = False, as_json: Json = False) -> None:
    """Write longshore.yaml into this folder: image, branches, releases.

    Example: `longshore init --image registry.example.com/team/app`

    What it does not ask it finds out: the image's name by the remote of git or by the folder, and
    the branches there are.
    """
    from longshore.source import project, starter
    from longshore.source.errors import SourceError

    here = Path.cwd()
    try:
        checked = project.check_image(image or starter.image(here, os.environ))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--image") from None
    text = starter.text(here, os.environ, checked)
    try:
        with (here / project.FILE).open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SourceError(f"{project.FILE} exists: --force writes over it") from None
    told = f"Wrote {project.FILE} for {checked}. `longshore tags` shows what it makes."
    print_done({"file": project.FILE, "image": checked}, told, as_json=as_json)
