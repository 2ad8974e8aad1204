"""The registry as a program: its settings, its parts wired by hand, its start and its end.

It decides which implementation stands behind each port. It holds no rule of the registry, and
does not know the command line that starts it.
"""
