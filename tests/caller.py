"""The program `longshore` as a shell finds it: another process does what it is called for.

Hands its words, folder, environment and files to the process that forks, which listens beside its
file, passes signals on, and ends as the fork has ended. It imports little, as it is to start fast,
and nothing of the tests: `tests/forks.py` writes it into a folder of programs.
"""

import json
import os
import signal
import socket
import sys


def main() -> int:
    """Answers the exit code, as shells have it where a signal was the end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect(f"{sys.argv[0]}.calls")
        folder = os.getcwd()  # noqa: PTH109  # pathlib takes longer than all of this
        call = json.dumps([sys.argv[1:], folder, dict(os.environ)])
        socket.send_fds(connection, [call.encode()], [0, 1, 2])
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda number, _: connection.send(bytes([number])))
        connection.recv(16)  # which process it is
        code = int(connection.recv(16))
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
