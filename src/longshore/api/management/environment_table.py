"""The table of operations, continued: those that are about environments.

Decides which there are. To declare and remove environments is for administrators; what somebody
may do to one is decided by what it declares, with the act itself. At an open registry anybody may
look at them.
"""

from __future__ import annotations

from longshore.api.authorization import Need
from longshore.api.management import deployments, environments, logs
from longshore.api.management.fields import Page
from longshore.api.management.operations import Operation
from longshore.api.management.standing import ImageStanding, Standing

ASKED, MANAGE, SELF = Need.ENVIRONMENT, Need.MANAGE, Need.SELF

_DECLARED = (
    Operation(
        "GET",
        "/environments",
        ASKED,
        "List environments in which the caller has a part",
        environments.page,
        query=Page,
        reply=environments.Environments,
    ),
    Operation(
        "PUT",
        "/environments",
        MANAGE,
        "Declare environments, or look at what that would change",
        environments.apply,
        query=environments.Application,
        body=environments.Declared,
        reply=environments.Plan,
    ),
    Operation(
        "GET",
        "/environments/{name}",
        ASKED,
        "Look at an environment, as declared and as it stands",
        environments.find,
        reply=Standing,
    ),
    Operation(
        "DELETE",
        "/environments/{name}",
        MANAGE,
        "Remove an environment; its history stays, and so does what its hosts run",
        environments.remove,
    ),
    Operation(
        "GET",
        "/environments/{name}/history",
        ASKED,
        "Read what was decided, the newest first",
        environments.history,
        query=environments.HistoryPage,
        reply=environments.History,
    ),
)

_OPERATED = (
    Operation(
        "POST",
        "/environments/{name}/deploy",
        SELF,
        "Run this image, or let it await approval",
        deployments.deploy,
        body=deployments.Asked,
        reply=ImageStanding,
    ),
    Operation(
        "POST",
        "/environments/{name}/rollback",
        SELF,
        "Go back to what ran before and was healthy, and stay there",
        deployments.rollback,
        body=deployments.Asked,
        reply=ImageStanding,
    ),
    Operation(
        "POST",
        "/environments/{name}/pin",
        SELF,
        "Stay with an image, or with what runs",
        deployments.pin,
        body=deployments.Asked,
        reply=ImageStanding,
    ),
    Operation(
        "POST",
        "/environments/{name}/resume",
        SELF,
        "End holds, and withdraw requests",
        deployments.resume,
        body=deployments.Asked,
        reply=deployments.Resumed,
    ),
    Operation(
        "POST",
        "/environments/{name}/approve",
        SELF,
        "Be in favour of an image that waits",
        deployments.approve,
        body=deployments.Asked,
        reply=ImageStanding,
    ),
    Operation(
        "POST",
        "/environments/{name}/freeze",
        SELF,
        "Deploy nothing from now on",
        deployments.freeze,
        body=deployments.Freezing,
    ),
    Operation(
        "POST",
        "/environments/{name}/unfreeze",
        SELF,
        "Deploy again",
        deployments.unfreeze,
        body=deployments.Thawing,
    ),
)

_READ = (
    Operation(
        "POST",
        "/environments/{name}/logs",
        SELF,
        "Ask the hosts for the last lines that a service has written",
        logs.begin,
        body=logs.NewReader,
        reply=logs.Reader,
        made="id",
    ),
    Operation(
        "GET",
        "/environments/{name}/logs/{reader}",
        SELF,
        "Take what the hosts have answered, as soon as one has",
        logs.take,
        query=logs.Taking,
        reply=logs.Answers,
    ),
    Operation(
        "POST",
        "/environments/{name}/logs/{reader}",
        SELF,
        "Ask the hosts for later lines",
        logs.follow,
        body=logs.Continuation,
    ),
)

OPERATIONS = (*_DECLARED, *_OPERATED, *_READ)
