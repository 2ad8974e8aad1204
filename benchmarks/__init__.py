"""Longshore beside other registries, on one machine and in one run: `python -m benchmarks`.

Decides what is compared and how. What it says are ratios between servers that were asked in
turns; it knows them by their command lines and by HTTP, and nothing of what runs inside.
"""
