"""The scripted server as a process whose refiner and judge answer by content: `python tree_server.py LATENCY JITTER`.

The nth call with the same messages begins with sample n: three calls for one child each and one call for three children get
the same children.
"""

from __future__ import annotations

import random
import sys
import threading

import tree_world as world
from server import Reply, ScriptedServer

OFTEN = 0.3  # how good the texts are

if __name__ == "__main__":
    latency, jitter = float(sys.argv[1]), float(sys.argv[2])
    draw = random.Random(0)
    answer = world.answers(plain=True, often=OFTEN)

    def scripted(messages: str, nth: int) -> Reply:
        reply = answer(messages, nth)
        return Reply(texts=reply.texts[nth - 1 :], delay=draw.uniform(latency - jitter, latency + jitter))

    print(ScriptedServer(scripted, whole=True).url, flush=True)
    threading.Event().wait()
