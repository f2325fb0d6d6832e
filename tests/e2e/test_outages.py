"""Kafka, the API server or the resource's definition is away for a while, and comes back."""

import signal
from collections.abc import Callable, Iterator

import pytest
from kubernetes import client

from support import closed_resets
from support.audit import Audit
from support.consumer import Consumer
from support.definition import install, without_selectable_fields
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess
from support.oracles import Outcome
from support.resets import Resets, condition, reason
from support.rig import Rig

RECORDS = 20
TO = {"offset": 5}
CLOSED = 1200
NO_SELECTOR = "the API server does not select by status.closed; closed resources are read too"
CRD = "offsetresets.offsetreset.io"
# A part of the rig comes back within seconds, and is then looked for every few seconds.
BACK_WITHIN = 60

MakeOperator = Callable[..., OperatorProcess]


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One of their own, as these tests stop parts of it."""
    with Rig.own(tmp_path_factory.mktemp("rig")) as own:
        yield own


@pytest.fixture(autouse=True)
def all_up(rig: Rig) -> Iterator[None]:
    """What a test has stopped is up again for the next one."""
    yield
    rig.control("up")


@pytest.fixture
def kafka(rig: Rig) -> Kafka:
    """Not the one that saw Kafka go away in the test before: that one may wait for long."""
    return Kafka(rig.kafka_bootstrap)


@pytest.fixture
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    kafka.commit(group, topic, {0: RECORDS})


def _wait_held(operator: OperatorProcess) -> None:
    operator.wait_log(msg="held")


def _anew(kafka: Kafka) -> Kafka:
    """A client that was there when Kafka went away may wait for an answer for long."""
    return Kafka(kafka.bootstrap)


def _assert_moved_once(kafka: Kafka, log: OffsetsLog, group: str, topic: str) -> None:
    assert _anew(kafka).committed(group, topic) == {0: 5}
    assert log.commits(group, topic) == {0: [RECORDS, 5]}


def test_a_reset_follows_when_kafka_is_back(
    commits: None,
    operator: OperatorProcess,
    rig: Rig,
    resets: Resets,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
) -> None:
    rig.control("kafka", "stop")
    resets.apply("replay", to=TO)
    status = resets.wait_reason("replay", "KafkaUnavailable", seconds=5)
    assert "refused" in condition(status, "Succeeded")["message"]
    assert condition(status, "Reconciling")["status"] == "True"
    rig.control("kafka", "start")
    assert reason(resets.wait_closed("replay", BACK_WITHIN)) == "OffsetsReset"
    _assert_moved_once(kafka, offsets_log, group, topic)


def test_a_clients_connection_that_broke_in_between_is_made_anew(
    commits: None,
    operator: OperatorProcess,
    rig: Rig,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("first", to=TO)
    resets.wait_closed("first")
    rig.control("kafka", "kill")
    rig.control("kafka", "start")
    resets.apply("second", to={"offset": 6})
    assert reason(resets.wait_closed("second", BACK_WITHIN)) == "OffsetsReset"
    assert _anew(kafka).committed(group, topic) == {0: 6}


@pytest.mark.parametrize("moment", ["before CommitPlan", "before Verify"])
def test_kafka_goes_away_in_the_middle_of_a_reset(
    commits: None,
    make_operator: MakeOperator,
    rig: Rig,
    resets: Resets,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
    moment: str,
    outcome: Outcome,
) -> None:
    held = make_operator(environment={"OFFSET_RESET_HOLD": moment})
    held.start()
    resets.apply("replay", to=TO)
    _wait_held(held)
    rig.control("kafka", "stop")
    held.send(signal.SIGCONT)
    status = resets.wait_reason("replay", "KafkaUnavailable")
    assert [(row["before"], row["after"]) for row in status["partitions"]] == [(RECORDS, 5)]
    held.kill()
    rig.control("kafka", "start")
    make_operator().start()
    assert reason(resets.wait_closed("replay", BACK_WITHIN)) == "OffsetsReset"
    _assert_moved_once(kafka, offsets_log, group, topic)
    outcome("F15", "Kafka goes away, and the operator dies", moment, "OffsetsReset, committed once")


def test_the_operator_outlives_an_api_server_that_is_away(
    commits: None,
    operator: OperatorProcess,
    rig: Rig,
    resets: Resets,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    consume: Callable[..., Consumer],
    group: str,
    topic: str,
) -> None:
    consumer = consume()
    consumer.wait_assigned()
    resets.apply("waits", to=TO)
    resets.wait_reason("waits", "GroupActive")
    rig.control("apiserver", "stop")
    consumer.stop()
    operator.wait_log(msg="reset", reason="KubernetesUnavailable")
    assert kafka.committed(group, topic) == {0: RECORDS}, "committed what was not saved"
    rig.control("apiserver", "start")
    assert reason(resets.wait_closed("waits", BACK_WITHIN)) == "OffsetsReset"
    _assert_moved_once(kafka, offsets_log, group, topic)
    resets.apply("later", to={"offset": 6})  # the watch goes on too
    assert reason(resets.wait_closed("later", BACK_WITHIN)) == "OffsetsReset"
    assert operator.returncode is None


def test_an_api_server_that_dies_after_the_commit_does_not_make_it_happen_twice(
    commits: None,
    make_operator: MakeOperator,
    rig: Rig,
    resets: Resets,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
    outcome: Outcome,
) -> None:
    held = make_operator(environment={"OFFSET_RESET_HOLD": "before Finish"})
    held.start()
    resets.apply("replay", to=TO)
    _wait_held(held)
    rig.control("apiserver", "kill")
    held.send(signal.SIGCONT)
    held.wait_log(msg="reset", reason="KubernetesUnavailable")
    held.kill()
    rig.control("apiserver", "start")
    make_operator().start()
    assert reason(resets.wait_closed("replay", BACK_WITHIN)) == "OffsetsReset"
    _assert_moved_once(kafka, offsets_log, group, topic)
    outcome(
        "F2",
        "the API server dies, and the operator too",
        "before Finish",
        "OffsetsReset, committed once",
    )


def test_the_operator_may_be_there_before_the_resources_definition(
    commits: None,
    make_operator: MakeOperator,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
    outcome: Outcome,
) -> None:
    kubectl("delete", "crd", CRD)
    operator = make_operator()
    operator.start(wait_ready=False)
    events = operator.wait_log(msg="waiting for the resource's definition")
    assert "apply the files in crds/" in events[0]["error"]
    assert operator.probe("/readyz").status_code == 500
    assert operator.probe("/livez").status_code == 200
    install(kubectl)
    operator.wait_ready(BACK_WITHIN)
    eventually("applied", lambda: _applies(kubectl, resets))
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 5}
    outcome("F12", "the definition comes later", "before the reset", "OffsetsReset")


def _applies(kubectl: Kubectl, resets: Resets) -> bool:
    kubectl.apply(resets.manifest("replay", to=TO))
    return True


def test_the_definition_may_go_and_come_back_while_the_operator_runs(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("first", to=TO)
    resets.wait_closed("first")
    kubectl("delete", "crd", CRD)
    operator.wait_log(msg="waiting for the resource's definition")
    install(kubectl)
    resets.apply("second", to={"offset": 6})
    assert reason(resets.wait_closed("second", BACK_WITHIN)) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 6}


def test_where_closed_resets_can_not_be_selected_they_are_read_and_left_alone(
    commits: None,
    operator: OperatorProcess,
    rig: Rig,
    api: client.ApiClient,
    audit: Audit,
    resets: Resets,
    kubectl: Kubectl,
    offsets_log: OffsetsLog,
    namespace: str,
    group: str,
    topic: str,
) -> None:
    resets.apply("replay", to=TO)
    resets.wait_closed("replay")
    operator.stop()
    closed_resets.multiply(rig, api, namespace, "replay", CLOSED)
    with without_selectable_fields(kubectl):
        audit.forget()
        operator.start()
        operator.wait_log(msg=NO_SELECTOR)
        assert operator.log(msg="listed", kind="OffsetReset")[-1]["resources"] == 0
        kafka = Kafka(rig.kafka_bootstrap)
        kafka.commit(f"{group}-sentinel", topic, {0: RECORDS})
        resets.apply("sentinel", groupId=f"{group}-sentinel", to=TO)
        assert reason(resets.wait_closed("sentinel")) == "OffsetsReset"
        assert operator.stop() == 0
        assert {w.name for w in audit.status_writes(namespace)} == {"sentinel"}
    history = offsets_log.commits_of_groups(group)
    assert history == {g: {(topic, 0): [RECORDS, 5]} for g in (group, f"{group}-sentinel")}
