"""How long tests wait for what must come: as long as even a machine with much else to do needs.

Nobody waits that long when all is well: a condition is looked at again and again, until it holds.
"""

import asyncio
import time

LONGEST_S = 300.0
AGAIN_S = 0.005


def wait_until(condition, what):
    """Return once a condition holds; fail, saying what was waited for, if it never does."""
    ends = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < ends, f"after {LONGEST_S:.0f} s still not: {what}"
        time.sleep(AGAIN_S)


async def soon(condition, what):
    """Let the event loop go on until a condition holds; fail, saying what was waited for, if it never does."""
    ends = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < ends, f"after {LONGEST_S:.0f} s still not: {what}"
        await asyncio.sleep(AGAIN_S)
