"""The soak of scripts/soak: soak.py <operator> <minutes> <seed> <folder of logs>.

Two operators, each with resets of its own, feel the same faults of the API server and of Kafka. One
is restarted again and again; the other one runs through, and must not grow.
"""

import os
import random
import sys
import time
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS / "e2e"), str(_TESTS)]  # of tests/ the package rig

from faults import Faults  # noqa: E402
from kinds import SOURCE, SOURCE_OFFSETS  # noqa: E402
from size import Sampler, Size, growth, rest_growth, size_of, table  # noqa: E402
from work import Work  # noqa: E402

from support import timed_topic  # noqa: E402
from support.kafka import Kafka  # noqa: E402
from support.operator_process import OperatorProcess  # noqa: E402
from support.rig import Rig  # noqa: E402

TOPIC = "soak"
STEADY, RESTARTED = "soak-steady", "soak-restarted"
WARM_UP_SECONDS = 40
REST_SECONDS = 45  # connections to Kafka are dropped when they were idle for 30 s


def say(text: str) -> None:
    print(f"soak: {text}", flush=True)


def at_rest(operator: OperatorProcess) -> Size:
    time.sleep(REST_SECONDS)
    return size_of(operator.pid)


class Soak:
    """The operators and their work; end() stops them."""

    def __init__(self, rig: Rig, seed: str, folder: Path) -> None:
        self._rig = rig
        self._seed = seed
        kafka = Kafka(rig.kafka_bootstrap)
        timed_topic.create(kafka, TOPIC)
        kafka.commit(SOURCE, TOPIC, SOURCE_OFFSETS)
        names = (STEADY, RESTARTED)
        self._works = {n: Work(rig, n, TOPIC, random.Random(f"{seed} {n}")) for n in names}
        self._steady, self._restarted = (
            OperatorProcess(rig, name, folder / f"{name}.log") for name in names
        )

    def run(self, minutes: float) -> list[str]:
        """What grew; an AssertionError tells what came of a reset that must not."""
        self._steady.start()
        self._restarted.start()
        say(f"{WARM_UP_SECONDS} s without faults, and a rest")
        self._works[STEADY].start()
        time.sleep(WARM_UP_SECONDS)
        self._works[STEADY].finish()
        before = at_rest(self._steady)
        samples = self._work_with_faults(minutes)
        after = at_rest(self._steady)
        print(table(samples))
        say(f"at rest before: {before}")
        say(f"at rest after:  {after}")
        assert self._steady.returncode is None, "it ended by itself"
        for name, work in self._works.items():
            counts = work.judge()
            kinds = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
            say(f"{name}: {counts.total()} resets with the right outcome, once each: {kinds}")
        return growth(samples) + rest_growth(before, after)

    def end(self) -> None:
        self._steady.stop()
        self._restarted.stop()

    def _work_with_faults(self, minutes: float) -> list[Size]:
        say(f"{minutes:g} minutes of resets and faults")
        sampler = Sampler(lambda: self._steady.pid)
        for work in self._works.values():
            work.start()
        faults = Faults(random.Random(f"{self._seed} faults"), self._rig, self._restarted)
        faults.wait(minutes * 60)
        sampler.stop()
        say("faults: " + ", ".join(f"{n} {name}" for name, n in faults.counts.most_common()))
        for work in self._works.values():
            work.finish()
        return sampler.samples


def main() -> int:
    binary, minutes, seed, folder = sys.argv[1:]
    os.environ["OPERATOR_BINARY"] = binary
    soak = Soak(Rig.from_environment(), seed, Path(folder))
    try:
        wrong = soak.run(float(minutes))
    except AssertionError as error:
        wrong = [str(error)]
    finally:
        soak.end()
    for line in wrong:
        say(f"FAILED: {line}")
    if not wrong:
        say("passed: memory, threads and descriptors did not grow")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
