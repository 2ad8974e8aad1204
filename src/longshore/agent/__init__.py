"""The deploy agent: on a host, it keeps what an environment is to run there.

It dials out and asks a server what is due; containers are an engine's. It can end at any moment.
"""
