"""Many resets for one operator: what does not answer is not in the way of what does."""

import socket
from collections.abc import Callable, Iterator

import pytest

from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.resets import Resets, reason

STUCK = 40
WORKERS = 4
AT_ONCE = 15  # seconds; with all workers at the broker that hangs, it would take minutes


@pytest.fixture
def silent_broker() -> Iterator[str]:
    """The address of one that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_broker_that_hangs_does_not_stop_the_resets_of_another_cluster(
    make_operator: Callable[..., OperatorProcess],
    silent_broker: str,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, 10)
    stuck = [
        resets.manifest(
            f"stuck-{i}", groupId=f"{group}-{i}", bootstrapServers=silent_broker, to={"offset": 1}
        )
        for i in range(STUCK)
    ]
    kubectl.apply(*stuck)
    operator = make_operator(f"--workers={WORKERS}")
    operator.start()

    def busy() -> bool:
        active = 'controller_runtime_active_workers{controller="offsetreset"}'
        return operator.metrics()[active] == WORKERS - 1

    for i in range(3):
        eventually("all workers but one at the broker that hangs", busy)
        name = f"{group}-healthy-{i}"
        kafka.commit(name, topic, {0: 10})
        resets.apply(f"healthy-{i}", groupId=name, to={"offset": 3})
        assert reason(resets.wait_closed(f"healthy-{i}", AT_ONCE)) == "OffsetsReset"
    reasons = {reason(reset.get("status", {})) for reset in resets.all()}
    assert reasons <= {None, "KafkaUnavailable", "OffsetsReset"}
    # Many have not had their first look yet: the healthy ones did not wait for them.
    waiting = operator.metrics()['workqueue_depth{controller="offsetreset",name="offsetreset"}']
    assert waiting > STUCK / 2
