"""When a worker hears that it is to stop; that it does, `test_processes.py` shows."""

import asyncio
import signal
import time

import uvloop

from longshore.server import stopping


def test_nothing_is_let_through_before_the_loop_runs_to_serve() -> None:
    happened: list[str] = []

    async def live(begun: asyncio.Event) -> None:
        stopping.when_serving(lambda: signal.raise_signal(signal.SIGUSR1))
        begun.set()

    async def start() -> None:
        begun = asyncio.Event()
        living = asyncio.create_task(live(begun))
        await begun.wait()
        await living
        time.sleep(0.1)  # noqa: ASYNC251 (a machine that is busy)
        happened.append("started")

    async def serve() -> None:
        happened.append("serving")
        await asyncio.wait_for(told.wait(), 10)

    def tell() -> None:
        happened.append("told")
        told.set()

    loop = uvloop.new_event_loop()
    told = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, tell)
    loop.run_until_complete(start())
    loop.run_until_complete(serve())
    loop.close()
    assert happened == ["started", "serving", "told"]
