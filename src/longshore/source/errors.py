"""Why a checkout cannot be read, with the command that mends it.

Decides nothing. It is apart from what raises it, so that whoever only renders it imports little.
"""


class SourceError(Exception):
    """What stands in the way, in a sentence that says what to do."""


class NoRepository(SourceError):
    """There is no git here to ask; whoever knows branch or version can do without."""


class ProjectError(Exception):
    """The project file cannot be; says every reason at once, one on a line."""
