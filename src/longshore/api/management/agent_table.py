"""The operations of agents, for the table of all operations."""

from __future__ import annotations

from longshore.api.authorization import Need
from longshore.api.management import agents, logs
from longshore.api.management.operations import Operation

OPERATIONS = (
    Operation(
        "GET",
        "/environments/{name}/desired",
        Need.ENVIRONMENT,
        "What a host is to run, as soon as it is another than the generation that it knows",
        agents.find,
        query=agents.Known,
        reply=agents.DesiredServices,
        nothing="Nothing new within the time that was asked for, or nobody else may wait now.",
    ),
    Operation(
        "POST",
        "/environments/{name}/report",
        Need.ENVIRONMENT,
        "Say what runs on a host",
        agents.report,
        body=agents.HostReport,
    ),
    Operation(
        "POST",
        "/environments/{name}/join-codes",
        Need.MANAGE,
        "Make a code by which one host joins",
        agents.invite,
        body=agents.Lifetime,
        reply=agents.Code,
    ),
    Operation(
        "GET",
        "/environments/{name}/hosts",
        Need.ENVIRONMENT,
        "List the hosts of an environment, and when each was last heard of",
        agents.list_all,
        reply=agents.Hosts,
    ),
    Operation(
        "POST",
        "/environments/{name}/hosts",
        Need.ANYBODY,
        "Join as a host, by a code that somebody made",
        agents.join,
        body=agents.NewHost,
        reply=agents.Joined,
        made="host",
    ),
    Operation(
        "DELETE",
        "/environments/{name}/hosts/{host}",
        Need.ENVIRONMENT,
        "Forget a host, and the robot that it joined as",
        agents.remove,
    ),
    Operation(
        "GET",
        "/environments/{name}/log-questions",
        Need.ENVIRONMENT,
        "What a host is asked of the logs of its services, as soon as it is asked",
        logs.listen,
        query=logs.Listening,
        reply=logs.LogQuestions,
        nothing="Nothing new within the time that was asked for, or nobody else may wait now.",
    ),
    Operation(
        "POST",
        "/environments/{name}/log-answers",
        Need.ENVIRONMENT,
        "Answer such a question with lines that are sealed to whoever asks",
        logs.answer,
        body=logs.SealedLines,
    ),
)
