"""/metrics, as Prometheus and the dashboards that people have see it."""

import re
import subprocess
from collections.abc import Callable

import requests

from support.consumer import Consumer
from support.kafka import Kafka
from support.operator_process import OperatorProcess
from support.resets import Resets
from support.rig import TREE

CONTROLLER = 'controller="offsetreset"'
QUEUE = 'controller="offsetreset",name="offsetreset"'
KNOWN_TO_DASHBOARDS = [
    *(
        f'controller_runtime_reconcile_total{{{CONTROLLER},result="{result}"}}'
        for result in ("success", "error", "requeue", "requeue_after")
    ),
    f"controller_runtime_reconcile_errors_total{{{CONTROLLER}}}",
    f"controller_runtime_reconcile_panics_total{{{CONTROLLER}}}",
    f"controller_runtime_reconcile_time_seconds_count{{{CONTROLLER}}}",
    f"controller_runtime_active_workers{{{CONTROLLER}}}",
    f"controller_runtime_max_concurrent_reconciles{{{CONTROLLER}}}",
    f"workqueue_depth{{{QUEUE}}}",
    f"workqueue_adds_total{{{QUEUE}}}",
    f"workqueue_retries_total{{{QUEUE}}}",
    f"workqueue_queue_duration_seconds_count{{{QUEUE}}}",
    f"workqueue_work_duration_seconds_count{{{QUEUE}}}",
    f"workqueue_unfinished_work_seconds{{{QUEUE}}}",
    f"workqueue_longest_running_processor_seconds{{{QUEUE}}}",
]
FAMILY = re.compile(r"^# TYPE (\w+) ", re.MULTILINE)


def _text(operator: OperatorProcess) -> str:
    return requests.get(operator.metrics_url, timeout=5).text


def _work(
    resets: Resets, kafka: Kafka, consume: Callable[..., Consumer], group: str, topic: str
) -> None:
    """Some of everything: a reset, one that waits, one that fails, one that is wrong."""
    kafka.create_topic(topic)
    kafka.produce(topic, 10)
    kafka.commit(f"{group}-done", topic, {0: 10})
    consume().wait_assigned()
    resets.apply("done", groupId=f"{group}-done", to={"offset": 3})
    resets.apply("waits", to={"offset": 3})
    resets.apply("fails", to={"offset": 3}, bootstrapServers="127.0.0.1:1")
    resets.apply("wrong", to={"offset": 3}, groupId=f"{group}-other", partition=7)
    resets.wait_closed("done")
    resets.wait_closed("wrong")
    resets.wait_reason("waits", "GroupActive")
    resets.wait_reason("fails", "KafkaUnavailable")


def test_series_that_dashboards_of_controllers_know_are_there_from_the_start(
    operator: OperatorProcess,
) -> None:
    series = operator.metrics()
    assert [name for name in KNOWN_TO_DASHBOARDS if name not in series] == []
    assert series[f"controller_runtime_max_concurrent_reconciles{{{CONTROLLER}}}"] == 8
    assert series[f"workqueue_adds_total{{{QUEUE}}}"] == 0


def test_promtool_finds_nothing_wrong(
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    consume: Callable[..., Consumer],
    group: str,
    topic: str,
) -> None:
    _work(resets, kafka, consume, group, topic)
    where = subprocess.run(
        [TREE / "scripts/setup", "--promtool"], capture_output=True, text=True, check=True
    )
    promtool = where.stdout.strip()
    done = subprocess.run(
        [promtool, "check", "metrics"], input=_text(operator), capture_output=True, text=True
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_no_label_names_a_resource_a_group_or_a_topic(
    operator: OperatorProcess,
    resets: Resets,
    kafka: Kafka,
    consume: Callable[..., Consumer],
    group: str,
    topic: str,
) -> None:
    before = set(operator.metrics())
    _work(resets, kafka, consume, group, topic)
    text = _text(operator)
    labels = set(re.findall(r'(\w+)="', text))
    assert not labels & {"group", "topic", "resource", "uid", "partition"}
    assert group not in text and topic not in text and '"waits"' not in text
    # Work adds no series but for answers of the API server that there were none of before.
    new = {series for series in operator.metrics() if series not in before}
    assert {series.split("{")[0] for series in new} <= {"rest_client_requests_total"}


def test_what_the_documentation_lists_is_what_is_served(
    make_operator: Callable[..., OperatorProcess], namespace: str
) -> None:
    operator = make_operator("--leader-elect", f"--leader-elect-namespace={namespace}")
    operator.start()
    operator.wait_log(msg="listed")  # a standby does not watch
    page = (TREE / "docs/metrics.md").read_text()
    documented = re.findall(r"^\| `(\w+)", page, re.MULTILINE)
    assert sorted(documented) == sorted(FAMILY.findall(_text(operator)))
