"""Addresses of git remotes: what a browser opens, and a name for the image.

Decides what is left of an address when everything is taken out that opens nothing or is secret.
"""

from __future__ import annotations

import re

_URL = re.compile(r"(?:https?|ssh|git)(?:\+[a-z]+)?://(?:[^/@]*@)?([^/:]+)(:[0-9]+)?/(.+)")
_SCP = re.compile(r"(?:[^/@:]+@)?([^/:]+):(?!/)(.+)")  # git-fetch(1), "GIT URLS"


def browser_address(remote: str) -> str:
    """The address of the repository for a browser, without credentials; empty if it has none."""
    url = _URL.fullmatch(remote)
    if url:
        scheme = "http" if remote.startswith("http:") else "https"
        # The port of ssh is not that of the pages.
        port = url[2] or "" if remote.startswith("http") else ""
        return f"{scheme}://{url[1]}{port}/{_path(url[3])}"
    scp = _SCP.fullmatch(remote)
    return f"https://{scp[1]}/{_path(scp[2])}" if scp else ""


def repository_name(remote: str, fallback: str) -> str:
    """The last part of the remote's path, or of another text, as a name for the image."""
    last = re.split(r"[/:]", _path(remote))[-1] or fallback
    words = re.findall(r"[a-z0-9]+", last.lower())
    return "-".join(words) or "app"


def _path(text: str) -> str:
    return text.rstrip("/").removesuffix(".git").rstrip("/")
