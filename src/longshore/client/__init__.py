"""The client of registries: of any that speaks the distribution protocol, and of image layouts.

It is synchronous and works in threads, so that a command needs no event loop. It knows no command
line, no server of this program, and prints nothing: what happens is told to whoever watches.
"""
