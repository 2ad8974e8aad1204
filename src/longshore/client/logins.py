"""Logging in and out: logins written where docker keeps them.

Decides that docker's config.json is the place, and a helper where the file names one. Whatever
else the file says stays as it is, and a reader sees the old file or the new one, never half of it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longshore.client import credential_helpers
from longshore.client.credential_helpers import Kept
from longshore.client.credentials import TOKEN_USER, Login, docker_file, encoded, key_of
from longshore.client.errors import CredentialsError


def keep(host: str, login: Login, environ: Mapping[str, str]) -> str:
    """Keep a login; answers where: the path of a file, or the name of a program."""
    path = docker_file(environ)
    config = _load(path)
    key = key_of(host)
    entry: dict[str, str] = {}
    if helper := _helper(config, host):
        credential_helpers.store(helper, _kept(key, login))
    elif login.identity_token:
        entry = {"auth": encoded(login.username, ""), "identitytoken": login.identity_token}
    else:
        entry = {"auth": encoded(login.username, login.password)}
    config.setdefault("auths", {})[key] = entry
    _save(path, config)
    return f"docker-credential-{helper}" if helper else str(path)


def forget(host: str, environ: Mapping[str, str]) -> bool:
    """Remove a login from where `keep` puts it; answers whether there was one."""
    path = docker_file(environ)
    config = _load(path)
    key = key_of(host)
    if helper := _helper(config, host):
        credential_helpers.erase(helper, key)
    was_there = config.get("auths", {}).pop(key, None) is not None
    if was_there:
        _save(path, config)
    return was_there


def _helper(config: Mapping[str, Any], host: str) -> str:
    helpers = config.get("credHelpers") or {}
    return helpers.get(key_of(host)) or helpers.get(host) or config.get("credsStore") or ""


def _kept(key: str, login: Login) -> Kept:
    if login.identity_token:
        return Kept(TOKEN_USER, login.identity_token, key)
    return Kept(login.username, login.password, key)


def _load(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8") or "{}")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise CredentialsError(f"{path}: {problem}") from None
    if not isinstance(config, dict):
        raise CredentialsError(f"{path}: not a JSON object")
    return config


def _save(path: Path, config: Mapping[str, Any]) -> None:
    """Replace the file, readable by its owner only, also where it is a link to another."""
    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # of mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(config, indent="\t", ensure_ascii=False) + "\n")
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
