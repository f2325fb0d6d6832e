"""Two operators of which one works: --leader-elect."""

import time
from collections.abc import Callable

import pytest

from support.audit import Audit
from support.events import Events
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.oracles import Outcome
from support.resets import Resets, reason
from support.scene import keep_going

RECORDS = 20
LEASE = "offset-reset-operator"
DURATION = 4  # seconds of a lease
RETRY = 0.5
SLACK = 3  # seconds that a busy machine may take longer
STATUS = 'leader_election_master_status{name="offset-reset-operator"}'


@pytest.fixture(autouse=True)
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    kafka.commit(group, topic, {0: RECORDS})


@pytest.fixture
def stand(
    make_operator: Callable[..., OperatorProcess], namespace: str
) -> Callable[..., OperatorProcess]:
    """Starts a candidate with short times; stand("before CommitPlan") holds it there."""

    def start(moment: str = "") -> OperatorProcess:
        candidate = make_operator(
            "--leader-elect",
            f"--leader-elect-namespace={namespace}",
            f"--leader-elect-lease-duration={DURATION}s",
            "--leader-elect-renew-deadline=3s",
            f"--leader-elect-retry-period={RETRY}s",
            environment={"OFFSET_RESET_HOLD": moment},
        )
        candidate.start()
        return candidate

    return start


@pytest.fixture
def leader(stand: Callable[..., OperatorProcess]) -> OperatorProcess:
    first = stand()
    first.wait_log(msg="became leader")
    return first


@pytest.fixture
def standby(leader: OperatorProcess, stand: Callable[..., OperatorProcess]) -> OperatorProcess:
    return stand()


def _holder(kubectl: Kubectl) -> str:
    return kubectl.json("get", "lease", LEASE)["spec"].get("holderIdentity", "")


def _identity(operator: OperatorProcess) -> str:
    return operator.log(msg="standing for election")[-1]["identity"]


def _take_over(operator: OperatorProcess) -> float:
    """Seconds until it leads."""
    began = time.monotonic()
    operator.wait_log(msg="became leader")
    return time.monotonic() - began


def test_one_works_and_the_other_one_is_ready(
    leader: OperatorProcess,
    standby: OperatorProcess,
    resets: Resets,
    audit: Audit,
    kubectl: Kubectl,
    namespace: str,
) -> None:
    assert standby.probe("/readyz").status_code == 200
    assert standby.probe("/healthz").status_code == 200
    assert (leader.metrics()[STATUS], standby.metrics()[STATUS]) == (1, 0)
    assert _holder(kubectl) == _identity(leader)
    resets.apply("replay", to={"offset": 5})
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert len(audit.status_writes(namespace)) == 2
    assert not standby.log(msg="listed"), "a standby needs nothing of the API server but the lease"
    (event,) = Events(kubectl).of("Lease", LEASE)
    assert event.note == f"{_identity(leader)} became leader"


def test_a_leader_that_is_killed_is_replaced_when_its_lease_is_over(
    leader: OperatorProcess,
    standby: OperatorProcess,
    resets: Resets,
    kubectl: Kubectl,
    outcome: Outcome,
) -> None:
    eventually("standby has seen the lease", lambda: _holder(kubectl) == _identity(leader))
    leader.kill()
    resets.apply("replay", to={"offset": 5})
    assert _take_over(standby) < DURATION + 2 * RETRY + SLACK
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kubectl.json("get", "lease", LEASE)["spec"]["leaseTransitions"] == 1
    outcome("F1", "the leader is killed", "before the reset", "OffsetsReset, by the other one")


def test_a_leader_that_is_stopped_is_replaced_at_once(
    leader: OperatorProcess, standby: OperatorProcess, resets: Resets, kubectl: Kubectl
) -> None:
    assert leader.stop() == 0
    assert _take_over(standby) < DURATION - 1
    resets.apply("replay", to={"offset": 5})
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert standby.stop() == 0
    assert _holder(kubectl) == ""
    notes = [event.note for event in Events(kubectl).of("Lease", LEASE)]
    assert notes == [
        f"{_identity(leader)} became leader",
        f"{_identity(leader)} stopped leading",
        f"{_identity(standby)} became leader",
        f"{_identity(standby)} stopped leading",
    ]


@pytest.mark.parametrize(
    "moment",
    [
        "before ReadKafka",
        "before SavePlan",
        "before CommitPlan",
        "before CommitRequest",
        "before Verify",
        "before Finish",
    ],
)
def test_a_leader_that_sleeps_for_longer_than_its_lease_writes_nothing_any_more(
    stand: Callable[..., OperatorProcess],
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    moment: str,
    outcome: Outcome,
) -> None:
    sleeper = stand(moment)
    sleeper.wait_log(msg="became leader")
    resets.apply("replay", to={"offset": 5})
    sleeper.wait_held()
    successor = stand()
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == {0: 5}
    kafka.commit(group, topic, {0: 7})  # the group goes on
    stored = resets.get("replay")

    keep_going(sleeper)  # until it has ended: its last pass may be held too
    assert sleeper.wait_ended() == 1
    assert sleeper.log(msg="lost the lease")
    assert kafka.committed(group, topic) == {0: 7}
    assert resets.get("replay") == stored, "its resourceVersion tells of any write"
    assert successor.probe("/readyz").status_code == 200
    assert not successor.log(msg="lost the lease")
    outcome("F8", "the leader sleeps, and wakes up", moment, "the other one commits once, it ends")
