"""The one way in which tests wait."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(what: str, probe: Callable[[], T], seconds: float = 30, every: float = 0.05) -> T:
    """The first true value of `probe`. An AssertionError inside of it means: not yet."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen: object = probe()
            if seen:
                return seen
        except AssertionError as error:
            seen = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s; last seen: {seen}")
        time.sleep(every)
