"""Secrets where none may be: in what programs print and log, whatever a test does to them.

`python -m tests.leaks FILE` looks through the output of a whole run. Each secret of the tests can
be told by its form: passwords have `PLANTED` in them, and the others the form that Longshore gives
its secrets, its tokens and its hashes.
"""

import base64
import re
import sys
from pathlib import Path

PLANTED = "planted"  # in each password of the tests, which are at least eight characters long

_FORMS = {
    "a password": re.compile(rf"(?<![a-z]){PLANTED}-[a-z0-9-]+"),
    "a secret": re.compile(r"ls[rf]_[0-9A-Za-z]{38}\b|whsec_[0-9A-Za-z+/]{43}="),
    "a token": re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{20,}"),
    "a hash": re.compile(r"\$(?:argon2id|2[aby])\$[^\s\"']{20,}"),
}
_BASIC = re.compile(r"[Bb]asic ([A-Za-z0-9+/]{8,}={0,2})")


def found(text: str) -> list[str]:
    """What kinds of secrets are in the text; never the secrets themselves."""
    kinds = [kind for kind, form in _FORMS.items() if form.search(text)]
    return kinds + [f"{kind}, encoded" for one in _BASIC.findall(text) for kind in _encoded(one)]


def _encoded(text: str) -> list[str]:
    try:
        return found(base64.b64decode(text, validate=True).decode())
    except ValueError:
        return []


def check(text: str, place: str) -> None:
    """Fail, without another word of the text, if a secret is in it."""
    kinds = found(text)
    assert not kinds, f"{place} has {', '.join(kinds)} in it"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        check(Path(name).read_text(errors="replace"), name)
