"""The Kafka side of scripts/demo: records of the last hours, a group that has read them all, a
consumer of it, and a look at what is committed.

demo_kafka.py <bootstrap servers> prepare | consume | committed
"""

import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "e2e"))

from support.consumer import Consumer  # noqa: E402
from support.kafka import Kafka  # noqa: E402

TOPIC = "orders"
GROUP = "orders-consumer"
PARTITIONS = 3
HOURS = 6


def prepare(kafka: Kafka) -> None:
    """One record a minute and partition, over the last hours; the group is at the end."""
    kafka.create_topic(TOPIC, PARTITIONS, retention_ms="-1")
    now = int(time.time() * 1000)
    timestamps = range(now - HOURS * 3_600_000, now, 60_000)
    for partition in range(PARTITIONS):
        kafka.produce(TOPIC, 0, partition, timestamps)
    ends = {p: end for p, (_, end) in kafka.log_ranges(TOPIC).items()}
    kafka.commit(GROUP, TOPIC, ends)
    print(
        f"topic {TOPIC}: {PARTITIONS} partitions, one record a minute over the last {HOURS} hours"
    )


def consume(kafka: Kafka) -> None:
    """Is a member of the group until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    consumer = Consumer(kafka.bootstrap, GROUP, TOPIC, client_id="orders-app")
    try:
        print("assigned:", *consumer.wait_assigned(), flush=True)
        signal.pause()
    finally:
        consumer.stop()


def committed(kafka: Kafka) -> None:
    """As an independent client sees it."""
    for partition, offset in sorted(kafka.committed(GROUP, TOPIC).items()):
        print(f"    {TOPIC}/{partition}: {offset}")


if __name__ == "__main__":
    commands = {"prepare": prepare, "consume": consume, "committed": committed}
    commands[sys.argv[2]](Kafka(sys.argv[1]))
