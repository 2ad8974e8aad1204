"""Docker Engine, through its API: images that are there, and containers that run.

Decides what is asked of an engine and what its answers mean. What is wanted of it is decided
elsewhere; logins come as values, from whoever reads them.
"""
