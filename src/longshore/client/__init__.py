"""The client of registries: of any that speaks the distribution protocol, and of image layouts.

It is synchronous and works in threads, so that a command needs no event loop. It knows no command
line, no server of this program, and prints nothing: what happens is told to whoever watches.
"""

import sys

# httpx has a command line of its own, which it imports with click and rich if they are installed:
# half of all that a small copy imports. It does without where the import is refused.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
