"""A connection that leads to another Kafka cluster than the one that a plan was made for."""

from collections.abc import Callable, Iterator

import pytest
from kubernetes import client

from support.connections import Connections
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.resets import Resets, condition, reason
from support.rig import Rig

RECORDS = 20
ELSEWHERE = 15  # where the group is on the other cluster
TO = {"offset": 5}
NAME = "prod"


@pytest.fixture(scope="module")
def other_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Rig.own(tmp_path_factory.mktemp("rig")) as own:
        yield own


@pytest.fixture
def other(other_rig: Rig, kafka: Kafka, connections: Connections, group: str, topic: str) -> Kafka:
    """Has a topic and a group of the same names; the connection leads to the first one so far."""
    other = Kafka(other_rig.kafka_bootstrap)
    for cluster, committed in ((kafka, RECORDS), (other, ELSEWHERE)):
        cluster.create_topic(topic)
        cluster.produce(topic, RECORDS)
        cluster.commit(group, topic, {0: committed})
    connections.apply(NAME, kafka.bootstrap)
    return other


@pytest.fixture
def connections(crds: None, api: client.ApiClient, kubectl: Kubectl) -> Connections:
    return Connections(api, kubectl)


def test_a_saved_plan_is_not_committed_there(
    other: Kafka,
    hold: Callable[[str], OperatorProcess],
    make_operator: Callable[..., OperatorProcess],
    connections: Connections,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    first = hold("after SavePlan")
    resets.apply("replay", to=TO, **connections.ref(NAME))
    first.wait_held()
    first.kill()
    planned_for = resets.status("replay")["clusterId"]
    connections.patch(NAME, bootstrapServers=other.bootstrap.split(","))
    make_operator().start()
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsMoved", status
    assert planned_for in condition(status, "Succeeded")["message"]
    assert kafka.committed(group, topic) == {0: RECORDS}
    assert other.committed(group, topic) == {0: ELSEWHERE}


def test_an_undo_moves_nothing_there(
    other: Kafka,
    operator: OperatorProcess,
    connections: Connections,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("replay", to=TO, **connections.ref(NAME))
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsReset", status
    connections.patch(NAME, bootstrapServers=other.bootstrap.split(","))
    resets.apply("back", topic=None, to={"undo": "replay"}, **connections.ref(NAME))
    refused = resets.wait_closed("back")
    assert reason(refused) == "InvalidSpec", refused
    assert status["clusterId"] in condition(refused, "Succeeded")["message"]
    assert kafka.committed(group, topic) == {0: TO["offset"]}
    assert other.committed(group, topic) == {0: ELSEWHERE}
