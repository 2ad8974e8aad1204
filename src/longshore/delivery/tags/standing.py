"""Standing: what the versions in a registry say to the one that comes.

Decides which few of them matter: for each alias the highest of its range, which rows have in the
order of numbers. So placing one version among thousands reads a handful.
"""

from __future__ import annotations

from longshore.delivery.ports import Transaction
from longshore.delivery.tags import aliases
from longshore.delivery.tags.aliases import Range
from longshore.delivery.tags.policy import Policy
from longshore.delivery.tags.versions import Version
from longshore.oci.names import RepositoryName


def rivals(
    tx: Transaction, policy: Policy, repository: RepositoryName, version: Version
) -> dict[str, str]:
    """Digests by tag, as `aliases.plan` takes them: of the version, and of what it is up against.

    The others' digests are left empty: nothing depends on them.
    """
    found: dict[str, str] = {}
    for line in aliases.lines(policy, version):
        for alias in policy.all_aliases:
            is_channel = alias.template == policy.channel
            if line.is_stable or is_channel:
                numbers = line[: len(alias.fields)]
                range_ = Range(numbers, line.variant, is_stable=not is_channel)  # type: ignore[arg-type]
                other = highest(tx, policy, repository, range_)
                found |= {str(other): ""} if other else {}
    for line in aliases.lines(policy, version):
        digest = tx.tags.find(repository, line.tag)
        found |= {line.tag: digest} if digest else {}
    return found


def highest(
    tx: Transaction, policy: Policy, repository: RepositoryName, among: Range
) -> Version | None:
    """The highest version of the range that the repository has."""
    ending = f"-{among.variant}" if among.variant else ""
    tag = next(tx.tags.numbered(repository, among.numbers, ending), None)
    stable = Version.read(tag, policy.variants.names) if tag else None
    if among.is_stable:
        return stable
    # A pre-release counts only above all stable ones: the order of numbers ends the search there.
    found = [stable] if stable else []
    for each in tx.tags.numbered(repository, among.numbers, suffix=ending):
        version = Version.read(each, policy.variants.names)
        if version and found and version[:3] < found[0][:3]:
            break
        if version and among.has(version):
            found.append(version)
    return max(found, key=lambda one: one.precedence, default=None)
