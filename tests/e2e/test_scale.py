"""Many resets at once, and many that are over."""

from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest
from kubernetes import client

from support import closed_resets
from support.audit import Audit
from support.consumer import Consumer
from support.forwarder import Forwarder
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess
from support.oracles import Outcome
from support.resets import Resets, condition, reason
from support.rig import Rig
from support.service_account import ServiceAccount

MANY = 200
MANY_CLOSED = 5000
FEW_REQUESTS = 10
IN_A_ROW = 20
RESETS_READ = [(verb, "offsetresets") for verb in ("list", "watch")]
RECORDS = 30
KAFKA_REQUESTS = "offset_reset_kafka_request_seconds_count"


@pytest.fixture
def records(kafka: Kafka, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)


@pytest.fixture
def forwarder(rig: Rig) -> Iterator[Forwarder]:
    """The way to Kafka, with its connections counted."""
    made = Forwarder(rig.kafka_bootstrap)
    made.open()
    yield made
    made.close()


def _kafka_requests(operator: OperatorProcess) -> float:
    counts = [v for name, v in operator.metrics().items() if name.startswith(KAFKA_REQUESTS)]
    assert counts, "no such metric"
    return sum(counts)


def test_many_resets_at_once_all_succeed_and_rest_when_the_operator_is_restarted(
    records: None,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    audit: Audit,
    namespace: str,
    group: str,
    topic: str,
    forwarder: Forwarder,
) -> None:
    groups = {f"replay-{i:03}": f"{group}-{i}" for i in range(MANY)}
    for number, name in enumerate(groups.values()):
        kafka.commit(name, topic, {0: number % RECORDS + 1})
    way = {"bootstrapServers": forwarder.address, "to": {"offset": 0}}
    kubectl.apply(*[resets.manifest(r, groupId=g, **way) for r, g in groups.items()])
    for name in groups:
        resets.wait_closed(name, 60)
    assert {reason(reset["status"]) for reset in resets.all()} == {"OffsetsReset"}
    assert {g: kafka.committed(g, topic) for g in groups.values()} == {
        g: {0: 0} for g in groups.values()
    }
    writes = audit.status_writes(namespace)
    assert [w.code for w in writes] == [200] * 2 * MANY

    operator.stop()
    audit.forget()
    connections = forwarder.count
    assert connections > 0
    operator.start()
    listed = operator.log(msg="listed", kind="OffsetReset")
    assert [event["resources"] for event in listed] == [0, 0]
    assert _kafka_requests(operator) == 0
    # The operator is at work, and still does nothing about the others.
    resets.apply("sentinel", groupId=f"{group}-sentinel", to={"offset": 0})
    resets.wait_closed("sentinel")
    assert forwarder.count == connections
    requests = audit.of_operator(namespace)
    assert {r.name for r in audit.status_writes(namespace)} == {"sentinel"}
    reads = [r for r in requests if (r.verb, r.resource) in RESETS_READ]
    assert all("fieldSelector=status.closed!=true" in unquote(r.uri) for r in reads), reads
    # The list comes as a stream, and goes on as the watch.
    assert ["sendInitialEvents=true" in r.uri for r in reads] == [True], reads


def test_started_among_thousands_of_closed_resets_it_asks_for_nothing_that_they_need(
    records: None,
    operator: OperatorProcess,
    rig: Rig,
    api: client.ApiClient,
    account: ServiceAccount,
    resets: Resets,
    audit: Audit,
    namespace: str,
    group: str,
    forwarder: Forwarder,
    outcome: Outcome,
) -> None:
    resets.apply("replay", to={"offset": 0}, bootstrapServers=forwarder.address)
    resets.wait_closed("replay")
    operator.stop()
    closed_resets.multiply(rig, api, namespace, "replay", MANY_CLOSED)
    connections = forwarder.count
    assert connections > 0
    audit.forget()
    operator.start()
    # Of the first requests to the last one of a reset that comes then.
    resets.apply("sentinel", groupId=f"{group}-sentinel", to={"offset": 0})
    resets.wait_closed("sentinel")
    assert operator.stop() == 0  # tells what it has not told yet
    requests = audit.of_user(account.user)
    assert {r.name for r in requests if r.resource == "offsetresets/status"} == {"sentinel"}
    assert len(requests) <= FEW_REQUESTS, requests
    assert forwarder.count == connections
    outcome(
        "F16",
        f"a restart with {MANY_CLOSED} closed resets",
        "after Finish",
        f"{len(requests)} requests, no Kafka connection",
    )


def test_resets_of_one_group_run_one_after_the_other_in_order_of_creation(
    records: None,
    make_operator: Callable[..., OperatorProcess],
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
) -> None:
    kafka.commit(group, topic, {0: 0})
    names = {f"step-{offset:02}": {"offset": offset} for offset in range(1, IN_A_ROW + 1)}
    kubectl.apply(*[resets.manifest(name, to=to) for name, to in names.items()])
    make_operator().start()
    for name in names:
        assert reason(resets.wait_closed(name, 60)) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: IN_A_ROW}
    assert offsets_log.commits(group, topic) == {0: list(range(IN_A_ROW + 1))}


def test_a_reset_that_comes_second_says_whom_it_waits_for_and_goes_on_when_that_is_deleted(
    records: None,
    operator: OperatorProcess,
    resets: Resets,
    consume: Callable[..., Consumer],
    kafka: Kafka,
    namespace: str,
    group: str,
    topic: str,
) -> None:
    kafka.commit(group, topic, {0: 20})
    consumer = consume()
    consumer.wait_assigned()
    resets.apply("first", to={"offset": 5})
    resets.wait_reason("first", "GroupActive")
    resets.apply("second", to={"offset": 6})
    status = resets.wait_reason("second", "Queued")
    assert f"{namespace}/first" in condition(status, "Succeeded")["message"]
    resets.delete("first")
    resets.wait_reason("second", "GroupActive")
    consumer.stop()
    assert reason(resets.wait_closed("second")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 6}
