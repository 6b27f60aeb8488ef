"""Processes of one training, forked from that of the tests."""

import multiprocessing
import os
import socket


def started(count, target, *given):
    """Processes that find each other, with the pipe of each. They are forked, so torch is loaded already."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    context, found = multiprocessing.get_context("fork"), []
    for number in range(count):
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "RANK": str(number), "WORLD_SIZE": str(count)}
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_placed, args=(place, target, number, count, sender, *given), daemon=True)
        process.start()
        found.append((process, receiver))
    return found


def _placed(place, target, *given):
    os.environ.update(place)
    target(*given)
