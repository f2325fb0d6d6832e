"""Topics whose logs have every shape: empty, cut at the start, with gaps of transactions."""

import random
from dataclasses import dataclass

from support.kafka import Kafka

SEED = "RANDOM_SEED"  # the environment's variable
_HOUR = 3_600_000
_OLDEST_HOURS = 48


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int
    times: list[int]  # of some of its records


class RandomLogs:
    """Makes topics. Every record is so many hours, and up to a minute, older than `now`."""

    def __init__(self, kafka: Kafka, chance: random.Random, now: int) -> None:
        self._kafka = kafka
        self._chance = chance
        self._now = now

    def create(self, name: str) -> Topic:
        partitions = self._chance.randint(1, 4)
        self._kafka.create_topic(name, partitions)
        times = [time for p in range(partitions) for time in self._fill(name, p)]
        starts = {p: self._start(end) for p, (_, end) in self._kafka.log_ranges(name).items()}
        self._kafka.delete_records(name, starts)
        return Topic(name, partitions, times)

    def _fill(self, topic: str, partition: int) -> list[int]:
        times: list[int] = []
        while self._chance.random() < 0.75:  # or else it is the last part
            times += (part := self._times())
            kind = self._chance.choice(("plain", "plain", "committed", "aborted"))
            if kind == "plain":
                self._kafka.produce(topic, 0, partition, part)
            else:
                self._kafka.produce_in_transaction(topic, partition, part, kind == "aborted")
        return times

    def _times(self) -> list[int]:
        """Of a part of a log; often in order, as time goes by, but not always."""
        hours = [self._chance.randrange(_OLDEST_HOURS) for _ in range(self._chance.randint(1, 12))]
        if self._chance.random() < 0.7:
            hours.sort(reverse=True)
        return [self._now - hour * _HOUR - self._chance.randrange(60_000) for hour in hours]

    def _start(self, end: int) -> int:
        """The log start: 0, or somewhere up to the end."""
        return 0 if self._chance.random() < 0.5 else self._chance.randint(0, end)
