"""What keeps a reset from doing more than was meant: guards, dry runs, times, the order."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from support import timed_topic
from support.audit import Audit
from support.eventually import eventually
from support.kafka import Kafka
from support.kubectl import KubectlError
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess
from support.resets import Resets, condition, reason
from support.timed_topic import BEFORE, LOG_END, PARTITIONS

MakeOperator = Callable[..., OperatorProcess]
FIVE = dict.fromkeys(BEFORE, 5)
REPLAYED = sum(BEFORE.values()) - 5 * PARTITIONS
SKIPPED = LOG_END * PARTITIONS - sum(BEFORE.values())


@pytest.fixture
def commits(kafka: Kafka, group: str, topic: str) -> None:
    timed_topic.create_and_read(kafka, topic, group)


def _in(seconds: float) -> str:
    """RFC 3339 of so many seconds from now."""
    then = datetime.now(UTC) + timedelta(seconds=seconds)
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# -- guards and impact


GUARDS = {
    "replay": ({"offset": 5}, "maxReplayRecords", REPLAYED),
    "skip": ({"position": "Latest"}, "maxSkipRecords", SKIPPED),
}


@pytest.mark.parametrize("to, guard, records", GUARDS.values(), ids=GUARDS.keys())
def test_a_guard_refuses_one_record_too_many_and_lets_exactly_so_many_pass(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
    to: dict,
    guard: str,
    records: int,
) -> None:
    resets.apply("too-many", to=to, guards={guard: records - 1})
    status = resets.wait_closed("too-many")
    assert reason(status) == "GuardExceeded"
    message = condition(status, "Succeeded")["message"]
    assert f"{records} records" in message
    assert f"guards.{guard} of at least {records}" in message
    assert len(status["partitions"]) == PARTITIONS
    assert kafka.committed(group, topic) == BEFORE
    resets.apply("just-enough", to=to, guards={guard: records})
    assert reason(resets.wait_closed("just-enough")) == "OffsetsReset"
    assert kafka.committed(group, topic) != BEFORE


def test_the_summary_tells_the_impact_of_a_plan(
    commits: None, operator: OperatorProcess, resets: Resets
) -> None:
    resets.apply("replay", to={"offset": 5})
    summary = resets.wait_closed("replay")["summary"]
    assert summary["replayRecords"] == REPLAYED
    assert summary["skipRecords"] == 0
    assert summary["lagBefore"] == SKIPPED
    assert summary["lagAfter"] == SKIPPED + REPLAYED


@pytest.mark.parametrize("rests", [True, False], ids=["rests", "goes on"])
def test_settle_seconds_finds_a_consumer_that_uses_assign(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    consume: Callable,
    kafka: Kafka,
    group: str,
    topic: str,
    rests: bool,
) -> None:
    consumer = consume(assign=[0], commits=True, pause=0.2)
    consumer.wait_consumed(1)
    assert kafka.members(group) == []
    wait = 60 if rests else 4
    resets.apply("replay", to={"offset": 5}, guards={"settleSeconds": 2}, waitSeconds=wait)
    resets.wait_reason("replay", "Settling")
    kafka.produce(topic, 500, 0)
    # It commits on and on: no plan is made of that.
    before = kafka.committed(group, topic)[0]
    eventually("commits", lambda: kafka.committed(group, topic)[0] > before + 15)
    assert not resets.status("replay").get("partitions")
    if rests:
        consumer.stop()
        stood = kafka.committed(group, topic)[0]
        status = resets.wait_closed("replay")
        assert reason(status) == "OffsetsReset"
        assert resets.rows("replay")[0]["before"] == stood
        assert kafka.committed(group, topic) == FIVE
    else:
        status = resets.wait_closed("replay")
        assert reason(status) == "GroupStillActive"
        assert "assign()" in condition(status, "Succeeded")["message"]
        assert kafka.committed(group, topic)[1] == BEFORE[1]


# -- dry runs


def test_a_dry_run_shows_the_plan_of_an_active_group_and_its_approval_applies_it(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    consume: Callable,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
) -> None:
    consumer = consume()
    consumer.wait_assigned()
    resets.apply("replay", to={"offset": 5}, dryRun=True)
    status = resets.wait_reason("replay", "DryRunSucceeded")
    assert condition(status, "Succeeded")["status"] == "True"
    assert status["closed"] is False
    assert [(row["before"], row["after"]) for row in status["partitions"]] == [
        (before, 5) for before in BEFORE.values()
    ]
    assert status["summary"]["replayRecords"] == REPLAYED
    assert kafka.committed(group, topic) == BEFORE
    consumer.stop()
    kafka.wait_empty(group)
    kafka.commit(group, topic, {0: 19})  # it has gone on since
    resets.patch("replay", dryRun=False)
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsReset"
    assert resets.rows("replay")[0]["before"] == 19
    assert kafka.committed(group, topic) == FIVE
    assert offsets_log.commits(group, topic)[0] == [BEFORE[0], 19, 5]


def test_an_approved_plan_is_guarded_again(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    guards = {"maxReplayRecords": REPLAYED}
    resets.apply("replay", to={"offset": 5}, dryRun=True, guards=guards)
    resets.wait_reason("replay", "DryRunSucceeded")
    kafka.commit(group, topic, {0: BEFORE[0] + 1})
    resets.patch("replay", dryRun=False)
    assert reason(resets.wait_closed("replay")) == "GuardExceeded"
    assert kafka.committed(group, topic) == BEFORE | {0: BEFORE[0] + 1}


def test_a_dry_run_keeps_the_instant_of_ago_for_its_approval(
    commits: None, operator: OperatorProcess, resets: Resets
) -> None:
    resets.apply("replay", to={"ago": "1h"}, dryRun=True)
    first = resets.wait_reason("replay", "DryRunSucceeded")
    resets.patch("replay", dryRun=False)
    assert resets.wait_closed("replay")["resolvedTimestamp"] == first["resolvedTimestamp"]


def test_a_reset_can_not_become_a_dry_run(
    commits: None, operator: OperatorProcess, resets: Resets
) -> None:
    resets.apply("replay", to={"offset": 5}, suspend=True)
    resets.wait_reason("replay", "Suspended")
    with pytest.raises(KubectlError, match="dryRun"):
        resets.patch("replay", dryRun=True)


def test_a_dry_run_that_waits_for_its_approval_costs_nothing_also_after_a_restart(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    audit: Audit,
    namespace: str,
) -> None:
    resets.apply("replay", to={"offset": 5}, dryRun=True)
    status = resets.wait_reason("replay", "DryRunSucceeded")
    operator.restart()
    resets.apply("sentinel", to={"position": "Current"}, suspend=True)
    resets.wait_reason("sentinel", "Suspended")
    assert resets.status("replay") == status
    writes = [r for r in audit.status_writes(namespace) if r.name == "replay"]
    assert len(writes) == 1


# -- times


def test_not_before_is_waited_for_also_over_a_restart(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    audit: Audit,
    namespace: str,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    start = time.time()
    resets.apply("replay", to={"offset": 5}, notBefore=_in(4))
    resets.wait_reason("replay", "NotYet")
    operator.restart()
    assert kafka.committed(group, topic) == BEFORE
    status = resets.wait_closed("replay")
    assert reason(status) == "OffsetsReset"
    assert 4 <= time.time() - start < 8
    # Told once that it waits, the plan, the end.
    assert len(audit.status_writes(namespace)) == 3


def test_what_is_not_begun_by_not_after_never_is(
    commits: None,
    make_operator: MakeOperator,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("replay", to={"offset": 5}, notAfter=_in(-3600))
    make_operator().start()
    status = resets.wait_closed("replay")
    assert reason(status) == "Expired"
    assert "partitions" not in status
    assert kafka.committed(group, topic) == BEFORE


def test_a_wait_for_consumers_ends_with_not_after(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    consume: Callable,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    consumer = consume()
    consumer.wait_assigned()
    resets.apply("replay", to={"offset": 5}, notAfter=_in(3))
    resets.wait_reason("replay", "GroupActive")
    assert reason(resets.wait_closed("replay")) == "Expired"
    assert kafka.committed(group, topic) == BEFORE


def test_a_plan_that_was_saved_but_not_begun_expires_while_the_operator_is_away(
    commits: None,
    hold: Callable[[str], OperatorProcess],
    make_operator: MakeOperator,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    held = hold("after SavePlan")
    resets.apply("replay", to={"offset": 5}, notAfter=_in(3))
    held.wait_held()
    held.kill()
    deadline = time.time() + 3
    eventually("notAfter", lambda: time.time() > deadline)
    make_operator().start()
    assert reason(resets.wait_closed("replay")) == "Expired"
    assert kafka.committed(group, topic) == BEFORE


def test_a_suspended_reset_does_nothing_until_it_is_resumed(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    group: str,
    topic: str,
) -> None:
    resets.apply("replay", to={"offset": 5}, suspend=True)
    status = resets.wait_reason("replay", "Suspended")
    assert condition(status, "Succeeded")["status"] == "Unknown"
    assert kafka.committed(group, topic) == BEFORE
    resets.patch("replay", suspend=False)
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert kafka.committed(group, topic) == FIVE


# -- order


def test_resets_of_a_group_go_one_at_a_time_and_what_can_not_run_blocks_nobody(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    consume: Callable,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    group: str,
    topic: str,
) -> None:
    consumer = consume()
    consumer.wait_assigned()
    resets.apply("a-suspended", to={"offset": 3}, suspend=True)
    resets.apply("b-not-yet", to={"offset": 3}, notBefore=_in(3600))
    resets.apply("c-dry-run", to={"offset": 3}, dryRun=True)
    resets.apply("d-first", to={"offset": 6})
    resets.wait_reason("a-suspended", "Suspended")
    resets.wait_reason("b-not-yet", "NotYet")
    resets.wait_reason("c-dry-run", "DryRunSucceeded")
    resets.wait_reason("d-first", "GroupActive")
    resets.apply("e-second", to={"offset": 7})
    queued = resets.wait_reason("e-second", "Queued")
    assert "d-first" in condition(queued, "Succeeded")["message"]
    # Suspending the one in front makes way.
    resets.patch("d-first", suspend=True)
    resets.wait_reason("e-second", "GroupActive")
    resets.patch("d-first", suspend=False)
    consumer.stop()
    resets.wait_closed("d-first")
    resets.wait_closed("e-second")
    assert kafka.committed(group, topic) in (dict.fromkeys(BEFORE, 6), dict.fromkeys(BEFORE, 7))
    assert len(offsets_log.commits(group, topic)[0]) == 3


def test_one_cluster_by_two_addresses_is_one_order(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    consume: Callable,
    kafka: Kafka,
    group: str,
) -> None:
    host, port = kafka.bootstrap.rsplit(":", 1)
    twice = f"{kafka.bootstrap},localhost:{port}"
    # Who the cluster is, is known by these names once it has answered under them.
    for number, servers in enumerate((kafka.bootstrap, twice)):
        resets.apply(f"learn-{number}", bootstrapServers=servers, to={"position": "Current"})
        resets.wait_closed(f"learn-{number}")
    consumer = consume()
    consumer.wait_assigned()
    resets.apply("first", to={"offset": 6})
    resets.wait_reason("first", "GroupActive")
    resets.apply("second", to={"offset": 7}, bootstrapServers=twice)
    queued = resets.wait_reason("second", "Queued")
    assert "first" in condition(queued, "Succeeded")["message"]
