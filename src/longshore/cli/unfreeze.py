"""`longshore unfreeze`: let images be deployed again."""

from longshore.cli.output import Json
from longshore.cli.registries import Registry, with_registry
from longshore.cli.tables import print_done
from longshore.cli.wishes import Environment, Reason, ask


@with_registry
def unfreeze(
    registry: Registry, environment: Environment, *, reason: Reason = "", as_json: Json = False
) -> None:
    """Let images be deployed to an environment again; what waited for it is, at once.

    Example: `longshore unfreeze production`
    """
    given = {"reason": reason}
    ask(registry, environment, "unfreeze", given)
    told = f"{environment} changes again."
    print_done({"environment": environment, **given}, told, as_json=as_json)
