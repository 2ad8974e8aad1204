"""The table of operations: every one there is, what its caller needs, and what it may answer.

Decides what the management API is. The routes and the OpenAPI document are made from it, so that
neither can have what the other has not.
"""

from __future__ import annotations

from longshore.api.authorization import Need
from longshore.api.management import (
    agent_table,
    audit,
    environment_table,
    groups,
    keys,
    me,
    pattern_table,
    repository_table,
    robots,
    trusts,
    users,
)
from longshore.api.management.fields import Change, Changed, Empty, Page, Removed
from longshore.api.management.notification_table import NOTIFICATIONS
from longshore.api.management.operations import Operation

MANAGE, SELF = Need.MANAGE, Need.SELF

_ME = (
    Operation("GET", "/me", SELF, "Who calls, and what it may do", me.show, reply=me.Me),
    Operation(
        "PUT",
        "/me/password",
        SELF,
        "Change the own password",
        me.change_password,
        body=me.PasswordChange,
    ),
    Operation(
        "GET",
        "/me/sessions",
        SELF,
        "Clients that stay logged in as the caller",
        me.list_sessions,
        reply=me.Sessions,
    ),
    Operation("DELETE", "/me/sessions/{id}", SELF, "Log such a client out", me.end_session),
)

_USERS = (
    Operation("GET", "/users", MANAGE, "List users", users.page, query=Page, reply=users.Users),
    Operation(
        "POST",
        "/users",
        MANAGE,
        "Make a user",
        users.add,
        body=users.NewUser,
        reply=users.AddedUser,
        made="name",
    ),
    Operation("GET", "/users/{name}", MANAGE, "Look at a user", users.find, reply=users.User),
    Operation(
        "PATCH",
        "/users/{name}",
        MANAGE,
        "Let a user in, or not any more",
        users.change,
        body=Change,
        reply=Changed,
    ),
    Operation("DELETE", "/users/{name}", MANAGE, "Remove a user", users.remove, reply=Removed),
    Operation(
        "PUT",
        "/users/{name}/password",
        MANAGE,
        "Set a user's password",
        users.set_password,
        body=users.NewPassword,
    ),
)

_ROBOTS = (
    Operation(
        "GET", "/robots", MANAGE, "List robots", robots.page, query=Page, reply=robots.Robots
    ),
    Operation(
        "POST",
        "/robots",
        MANAGE,
        "Make a robot with a secret",
        robots.add,
        body=robots.NewRobot,
        reply=robots.AddedRobot,
        made="name",
    ),
    Operation("GET", "/robots/{name}", MANAGE, "Look at a robot", robots.find, reply=robots.Robot),
    Operation(
        "PATCH",
        "/robots/{name}",
        MANAGE,
        "Let a robot in, or not any more",
        robots.change,
        body=Change,
        reply=Changed,
    ),
    Operation("DELETE", "/robots/{name}", MANAGE, "Remove a robot", robots.remove, reply=Removed),
    Operation(
        "GET",
        "/robots/{name}/secrets",
        MANAGE,
        "List a robot's secrets",
        robots.list_secrets,
        reply=robots.Secrets,
    ),
    Operation(
        "POST",
        "/robots/{name}/secrets",
        MANAGE,
        "Make one more secret for a robot",
        robots.add_secret,
        body=robots.NewSecret,
        reply=robots.AddedSecret,
        made="id",
    ),
    Operation(
        "DELETE",
        "/robots/{name}/secrets/{id}",
        MANAGE,
        "Remove a robot's secret",
        robots.remove_secret,
    ),
)

_GROUPS = (
    Operation(
        "GET", "/groups", MANAGE, "List groups", groups.page, query=Page, reply=groups.Groups
    ),
    Operation(
        "GET", "/groups/{name}", MANAGE, "List a group's members", groups.find, reply=groups.Members
    ),
    Operation(
        "PUT",
        "/groups/{name}/members/{account}",
        MANAGE,
        "Add a member to a group",
        groups.add_member,
        body=groups.NewMember,
    ),
    Operation(
        "DELETE",
        "/groups/{name}/members/{account}",
        MANAGE,
        "Remove a member from a group",
        groups.remove_member,
        reply=Removed,
    ),
)

_TRUSTS = (
    Operation(
        "GET", "/trusts", MANAGE, "List trusts", trusts.page, query=Page, reply=trusts.Trusts
    ),
    Operation(
        "POST",
        "/trusts",
        MANAGE,
        "Trust an issuer's tokens that claim this",
        trusts.add,
        body=trusts.NewTrust,
        reply=trusts.TrustPolicy,
        made="name",
    ),
    Operation(
        "GET", "/trusts/{name}", MANAGE, "Look at a trust", trusts.find, reply=trusts.TrustPolicy
    ),
    Operation(
        "PATCH",
        "/trusts/{name}",
        MANAGE,
        "Let those whom a trust speaks for in, or not any more",
        trusts.change,
        body=Change,
        reply=Changed,
    ),
    Operation("DELETE", "/trusts/{name}", MANAGE, "Remove a trust", trusts.remove, reply=Removed),
)

_KEYS = (
    Operation(
        "GET", "/keys", MANAGE, "List the keys that sign tokens", keys.list_all, reply=keys.Keys
    ),
    Operation(
        "POST",
        "/keys",
        MANAGE,
        "Sign with a new key; nobody is logged out",
        keys.rotate,
        body=Empty,
        reply=keys.NewKey,
        made="id",
    ),
)

_AUDIT = (
    Operation(
        "GET",
        "/audit",
        MANAGE,
        "Read the audit log",
        audit.page,
        query=audit.EntryPage,
        reply=audit.Entries,
    ),
)

OPERATIONS = (
    *_ME,
    *_USERS,
    *_ROBOTS,
    *_GROUPS,
    *pattern_table.OPERATIONS,
    *_TRUSTS,
    *_KEYS,
    *NOTIFICATIONS,
    *_AUDIT,
    *repository_table.OPERATIONS,
    *agent_table.OPERATIONS,
    *environment_table.OPERATIONS,
)
