"""Something goes wrong at each moment of a reset: nothing is lost, repeated, or told wrongly.

The four oracles are in support/oracles.py. What came of it is in the table at the end of the run,
with what other tests tell (support/faults.py).
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.classic_member import ClassicMember
from support.denial import denied
from support.events import Events
from support.eventually import eventually
from support.forwarder import Forwarder
from support.kafka import Kafka
from support.kubeconfig import server_of, write_through
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.oracles import Oracles, Outcome
from support.resets import Resets, reason
from support.rig import Rig
from support.scene import AFTER, BEFORE, MOMENTS, NAME, TO, WAIT, Stage, is_planned, keep_going
from support.service_account import ServiceAccount

at_each_moment = pytest.mark.parametrize("moment", MOMENTS)
# A field of it is theirs then, which tells the recorder that no operator wrote it.
WIPE = json.dumps(
    {
        "status": {"destination": "wiped"}
        | dict.fromkeys(["closed", "conditions", "partitions", "summary"])
    }
)
PAST = "2026-01-01T00:00:00Z"
DROPPED = 'offset_reset_events_total{result="dropped"}'


@pytest.fixture
def stage(
    kafka: Kafka,
    resets: Resets,
    make_operator: Callable[..., OperatorProcess],
    group: str,
    topic: str,
) -> Stage:
    return Stage(kafka, resets, make_operator, group, topic)


@pytest.fixture
def lossy(
    rig: Rig, account: ServiceAccount, tmp_path: Path
) -> Iterator[tuple[Forwarder, dict[str, str]]]:
    """A way to the API server that can lose answers, and the environment of who takes it."""
    kubeconfig = tmp_path / "kubeconfig-of-account"
    account.write_kubeconfig(rig, kubeconfig)
    forwarder = Forwarder(server_of(kubeconfig))
    forwarder.open()
    yield forwarder, write_through(forwarder.address, kubeconfig, tmp_path / "through-forwarder")
    forwarder.close()


@at_each_moment
def test_answers_of_the_api_server_that_are_lost_do_no_harm(
    lossy: tuple[Forwarder, dict[str, str]],
    stage: Stage,
    oracles: Oracles,
    outcome: Outcome,
    moment: str,
) -> None:
    forwarder, environment = lossy
    scene = stage.set(moment, environment)
    forwarder.lose_answers()
    scene.go_on()
    eventually("answers lost", lambda: forwarder.lost >= 2)
    forwarder.pass_answers()
    came_of_it = oracles.assert_reset_once(NAME, BEFORE, AFTER)
    outcome("F2", "answers of the API server are lost", moment, came_of_it)


# That of one that waits is in test_waiting.
@pytest.mark.parametrize("moment", [m for m in MOMENTS if m != WAIT])
def test_a_reset_that_is_deleted_is_done_only_if_its_plan_was_saved(
    stage: Stage, resets: Resets, oracles: Oracles, outcome: Outcome, moment: str
) -> None:
    scene = stage.set(moment)
    resets.delete(NAME)
    resets.wait_gone(NAME)
    scene.go_on()
    scene.operator.wait_log(msg="reset", reason="Conflict")
    came_of_it = oracles.assert_committed(BEFORE, AFTER if is_planned(moment) else BEFORE)
    outcome("F11", "deleted", moment, came_of_it)


@at_each_moment
def test_a_reset_that_is_created_again_under_its_name_is_seen_and_moves_nothing_twice(
    stage: Stage, resets: Resets, oracles: Oracles, outcome: Outcome, moment: str
) -> None:
    scene = stage.set(moment)
    resets.delete(NAME)
    resets.apply(NAME, to=TO)
    scene.go_on()
    status = resets.wait_closed(NAME)
    wanted = "NothingToReset" if is_planned(moment) else "OffsetsReset"
    assert reason(status) == wanted, status
    came_of_it = f"{wanted}, {oracles.assert_committed(BEFORE, AFTER)}"
    outcome("F11", "deleted, and created again under its name", moment, came_of_it)
    outcome("F17", "created again by a GitOps tool", moment, came_of_it)


@at_each_moment
def test_a_reset_that_is_restored_without_its_status_after_its_time_is_not_begun_again(
    stage: Stage, resets: Resets, oracles: Oracles, outcome: Outcome, moment: str
) -> None:
    scene = stage.set(moment)
    resets.delete(NAME)
    resets.apply(NAME, to=TO, notAfter=PAST)
    scene.go_on()
    assert reason(resets.wait_closed(NAME)) == "Expired"
    if moment != WAIT:
        scene.operator.wait_log(msg="reset", reason="Conflict")  # of the one that was there before
    came_of_it = oracles.assert_committed(BEFORE, AFTER if is_planned(moment) else BEFORE)
    outcome("F17", "restored without status, after notAfter", moment, f"Expired, {came_of_it}")


@at_each_moment
def test_somebody_who_labels_a_reset_is_no_harm_to_it(
    stage: Stage, kubectl: Kubectl, oracles: Oracles, outcome: Outcome, moment: str
) -> None:
    scene = stage.set(moment)
    kubectl("label", "ofr", NAME, "team=payments")
    scene.go_on()
    came_of_it = oracles.assert_reset_once(NAME, BEFORE, AFTER)
    outcome("F18", "a label is set", moment, came_of_it)


@at_each_moment
def test_somebody_who_wipes_the_status_makes_no_group_move_twice(
    stage: Stage, kubectl: Kubectl, oracles: Oracles, resets: Resets, outcome: Outcome, moment: str
) -> None:
    scene = stage.set(moment, to={"shiftBy": -15})
    kubectl("patch", "ofr", NAME, "--subresource=status", "--type=merge", "--patch", WIPE)
    scene.go_on()
    wanted = "OffsetsMoved" if is_planned(moment) else "OffsetsReset"
    assert reason(resets.wait_closed(NAME)) == wanted
    came_of_it = f"{wanted}, {oracles.assert_committed(BEFORE, AFTER)}"
    outcome("F18", "the status of a move by a distance is wiped", moment, came_of_it)


# One that is there from the start is the moment "Wait" of the others.
@pytest.mark.parametrize("moment", [m for m in MOMENTS if m != WAIT])
def test_a_consumer_that_joins_is_waited_for_unless_the_commit_is_made(
    stage: Stage,
    resets: Resets,
    kafka: Kafka,
    group: str,
    oracles: Oracles,
    outcome: Outcome,
    moment: str,
) -> None:
    scene = stage.set(moment)
    member = ClassicMember(kafka.bootstrap, group, "consumer")
    scene.go_on()
    if MOMENTS.index(moment) <= MOMENTS.index("before CommitRequest"):
        resets.wait_reason(NAME, "GroupActive")
        assert kafka.committed(group, oracles.topic) == BEFORE
        member.leave()
    came_of_it = oracles.assert_reset_once(NAME, BEFORE, AFTER)
    outcome("F15", "a consumer joins", moment, came_of_it)


@at_each_moment
def test_a_partition_that_is_added_is_moved_only_where_it_was_planned(
    stage: Stage,
    resets: Resets,
    kafka: Kafka,
    topic: str,
    oracles: Oracles,
    outcome: Outcome,
    moment: str,
) -> None:
    scene = stage.set(moment)
    kafka.add_partitions(topic, 3)
    scene.go_on()
    assert reason(resets.wait_closed(NAME)) == "OffsetsReset"
    is_seen = moment in (WAIT, "before ReadKafka")
    after = AFTER | {2: 0} if is_seen else AFTER
    came_of_it = f"OffsetsReset, {oracles.assert_committed(BEFORE, after)}"
    outcome("F15", "a partition is added", moment, came_of_it)


@at_each_moment
def test_a_topic_that_is_deleted_is_told(
    stage: Stage,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    outcome: Outcome,
    moment: str,
) -> None:
    scene = stage.set(moment)
    kafka.delete_topic(topic)
    scene.go_on()
    wanted = "OffsetsReset" if moment == "before Finish" else "TopicNotFound"
    assert reason(resets.wait_closed(NAME)) == wanted
    assert kafka.all_committed(group) == {}
    outcome("F15", "the topic is deleted", moment, f"{wanted}, its commits are gone with it")


@pytest.mark.parametrize("moment", [WAIT, "before Finish"])
def test_events_that_are_refused_hold_up_no_reset(
    stage: Stage,
    kubectl: Kubectl,
    account: ServiceAccount,
    namespace: str,
    oracles: Oracles,
    outcome: Outcome,
    moment: str,
) -> None:
    with denied(kubectl, namespace, "events.k8s.io", account.user):
        scene = stage.set(moment)
        scene.go_on()
        came_of_it = oracles.assert_reset_once(NAME, BEFORE, AFTER)
        eventually("dropped", lambda: scene.operator.metrics()[DROPPED] >= 1)
    assert not Events(kubectl).of("OffsetReset", NAME)
    outcome("F19", "events are refused", moment, came_of_it)


@pytest.mark.parametrize("moment", ["before SavePlan", "before CommitRequest"])
def test_a_leader_that_can_not_renew_its_lease_ends_and_its_reset_is_done_once(
    stage: Stage,
    kubectl: Kubectl,
    account: ServiceAccount,
    namespace: str,
    oracles: Oracles,
    outcome: Outcome,
    moment: str,
) -> None:
    flags = ["--leader-elect", f"--leader-elect-namespace={namespace}"]
    flags += ["--leader-elect-lease-duration=4s", "--leader-elect-renew-deadline=3s"]
    flags += ["--leader-elect-retry-period=0.5s"]
    scene = stage.set(moment, flags=flags)
    with denied(kubectl, namespace, "coordination.k8s.io", account.user):
        scene.go_on()
        assert scene.operator.wait_ended() == 1
    scene.operator.start(wait_ready=False)
    keep_going(scene.operator)
    came_of_it = oracles.assert_reset_once(NAME, BEFORE, AFTER)
    outcome("F19", "the lease can't be renewed", moment, came_of_it)
