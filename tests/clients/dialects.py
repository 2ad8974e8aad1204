"""How each program that copies images says what all of them can do.

Decides the words of crane, oras, regctl and skopeo for a login, a push of a layout, a pull into
one, a copy within a registry and so on; what must come of it is the tests' part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.clients.tools import Cli

# `layout` and `out` are folders, whose manifest is tagged 1; `image` and `target` have a tag.
DIALECTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "crane": {
            "login": "auth login {host} --username {name} --password-stdin",
            "logout": "auth logout {host}",
            "push": "push {layout} {image}",
            "pull": "pull --format oci {image} {out}",
            "copy": "cp {image} {target}",
            "tags": "ls {repository}",
            "catalog": "catalog {host}",
            "delete": "delete {image}",
        },
        "oras": {
            "login": "login --plain-http {host} --username {name} --password-stdin",
            "logout": "logout {host}",
            "push": "cp --from-oci-layout --to-plain-http {layout}:1 {image}",
            "pull": "cp --from-plain-http --to-oci-layout {image} {out}:1",
            "copy": "cp -r --from-plain-http --to-plain-http {image} {target}",
            "tags": "repo tags --plain-http {repository}",
            "catalog": "repo ls --plain-http {host}",
            "delete": "manifest delete --plain-http --force {image}",
        },
        "regctl": {
            "setup": "registry set {host} --tls disabled",
            "login": "registry login {host} --user {name} --pass-stdin",
            "logout": "registry logout {host}",
            "push": "image copy ocidir://{layout}:1 {image}",
            "pull": "image copy {image} ocidir://{out}:1",
            "copy": "image copy --referrers {image} {target}",
            "tags": "tag ls {repository}",
            "catalog": "repo ls {host}",
            "delete": "tag rm {image}",
        },
        "/usr/bin/skopeo": {
            "login": "login --tls-verify=false {host} --username {name} --password-stdin",
            "logout": "logout {host}",
            "push": "--insecure-policy copy --all --dest-tls-verify=false"
            " oci:{layout}:1 docker://{image}",
            "pull": "--insecure-policy copy --all --src-tls-verify=false"
            " docker://{image} oci:{out}:1",
            "copy": "--insecure-policy copy --all --src-tls-verify=false"
            " --dest-tls-verify=false docker://{image} docker://{target}",
            "tags": "list-tags --tls-verify=false docker://{repository}",
            "delete": "delete --tls-verify=false docker://{image}",
        },
    }
)


@dataclass(frozen=True)
class Speaker:
    """One of the programs, in a home of its own; `say` and `fail` take words of the table."""

    program: str
    cli: Cli
    host: str

    def set_up(self) -> None:
        """Tell it that the host speaks plain HTTP, if that is told beforehand."""
        if "setup" in DIALECTS[self.program]:
            self.say("setup")

    def say(self, what: str, given: bytes | None = None, **words: str | Path) -> str:
        """Do it, and return what the program printed."""
        return self.cli(*self._arguments(what, words), given=given)

    def fail(self, what: str, given: bytes | None = None, **words: str | Path) -> str:
        """Return all that was said where it is to fail."""
        return self.cli.fail(*self._arguments(what, words), given=given)

    def log_in(self, name: str, password: str) -> str:
        return self.say("login", given=password.encode(), name=name)

    def _arguments(self, what: str, words: Mapping[str, str | Path]) -> list[str]:
        phrase = DIALECTS[self.program][what]
        return [word.format(host=self.host, **words) for word in phrase.split()]
