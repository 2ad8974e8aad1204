"""The program `longshore`: arguments in, one call, text or JSON out.

It parses what the user typed and renders what came back. No rule of a registry is decided here.
"""
