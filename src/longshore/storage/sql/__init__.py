"""The rows of a registry in SQL, written once for SQLite and PostgreSQL.

Only the common subset is used: named parameters, ON CONFLICT, RETURNING, CTEs. A database of
its own connects, begins and commits; what it runs is here.
"""
