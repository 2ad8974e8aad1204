"""Rows and bytes in memory: the ports in their plainest form, for tests and trials.

Decides nothing about speed: a look-up reads all there is. What a rule does must not depend on
which implementation it runs on.
"""
