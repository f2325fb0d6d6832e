"""The operator as a process: its flags, its probes, its metrics, its log and its end."""

import json
import subprocess
import time
from collections.abc import Callable

import pytest
import requests

from support.consumer import Consumer
from support.eventually import eventually
from support.kafka import Kafka
from support.operator_process import OperatorProcess, binary
from support.resets import Resets, reason
from support.rig import TREE

FLAGS = (
    "--kubeconfig",
    "--watch-namespaces",
    "--metrics-bind-address",
    "--health-probe-bind-address",
    "--workers",
    "--log-level",
    "--version",
)
ENDS_WITHIN = 5


@pytest.fixture
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, 10)
    kafka.commit(group, topic, {0: 10})


def _run(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [binary(), *flags], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20
    )


# -- flags


def test_help_explains_every_flag() -> None:
    done = _run("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert [flag for flag in FLAGS if flag not in done.stdout] == []


def test_version_tells_the_libraries_versions_too() -> None:
    done = _run("--version")
    assert done.returncode == 0
    words = done.stdout.split()
    assert words[0] == "offset-reset-operator"
    assert words[1][0].isdigit()
    assert "librdkafka" in done.stdout and "httplib" in done.stdout


@pytest.mark.parametrize(
    "flag, words",
    [
        ("--no-such-flag", "--no-such-flag"),
        ("--workers=0", "--workers"),
        ("--workers=many", "--workers"),
        ("--metrics-bind-address=8080", "8080"),
        ("--health-probe-bind-address=:65536", ":65536"),
        ("--log-level=loud", "loud"),
        ("stray", "stray"),
    ],
)
def test_a_wrong_flag_is_told_in_one_line(flag: str, words: str) -> None:
    done = _run(flag)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("offset-reset-operator: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_without_a_way_to_the_api_server_it_ends_and_says_so() -> None:
    done = _run("--kubeconfig=/no/such/file")
    assert done.returncode == 1
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [event["level"] for event in events] == ["error"]
    assert "/no/such/file" in events[0]["error"]


def test_two_on_one_port_are_one_too_many(operator: OperatorProcess, namespace: str) -> None:
    taken = operator.metrics_url.split("/")[2]
    addresses = [f"--metrics-bind-address={taken}", "--health-probe-bind-address=0"]
    done = _run(f"--watch-namespaces={namespace}", *addresses)
    assert done.returncode == 1
    last = json.loads(done.stderr.splitlines()[-1])
    assert (last["level"], last["msg"]) == ("error", "a bind address is in use or not ours")


# -- probes and metrics


def test_probes_answer(operator: OperatorProcess) -> None:
    for path in ("/healthz", "/livez", "/readyz"):
        assert (operator.probe(path).status_code, operator.probe(path).text) == (200, "ok")
    assert operator.probe("/readyz?verbose").text == "[+]watch ok\ncheck passed\n"
    assert operator.probe("/livez?verbose").text == "[+]workers ok\ncheck passed\n"
    assert operator.probe("/other").status_code == 404


def test_series_are_there_from_the_start_and_count_what_happened(
    commits: None, operator: OperatorProcess, resets: Resets, topic: str
) -> None:
    reasons = _documented_reasons()
    before = operator.metrics()
    counted = {r: before[f'offset_reset_total{{reason="{r}"}}'] for r in reasons}
    assert counted == {r: 0 for r in reasons}
    assert before['offset_reset_records_total{direction="replay"}'] == 0
    assert before["offset_reset_waiting"] == 0
    resets.apply("replay", to={"offset": 3})
    resets.wait_closed("replay")
    resets.apply("again", to={"offset": 3})
    resets.wait_closed("again")
    resets.apply("wrong", to={"offset": 3}, partition=1)
    resets.wait_closed("wrong")

    def counts() -> bool:
        after = operator.metrics()
        changed = {r for r in reasons if after[f'offset_reset_total{{reason="{r}"}}'] == 1}
        assert changed - {"Planned"} == {"OffsetsReset", "NothingToReset", "PartitionNotFound"}
        assert after['offset_reset_records_total{direction="replay"}'] == 7
        assert after['offset_reset_records_total{direction="skip"}'] == 0
        assert after["offset_reset_waiting"] == 0
        return True

    eventually("counted", counts)  # a moment after the status is written


def test_metrics_are_well_formed_and_explained(operator: OperatorProcess) -> None:
    answer = requests.get(operator.metrics_url, timeout=5)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    explained = {line.split()[2] for line in lines if line.startswith("# HELP")}
    typed = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert explained == typed
    families = {line.split("{")[0].split()[0] for line in lines if not line.startswith("#")}
    unexplained = {
        name
        for name in families
        if not {name} | {name.removesuffix(s) for s in ("_bucket", "_sum", "_count")} & explained
    }
    assert unexplained == set()


def _documented_reasons() -> list[str]:
    lines = (TREE / "docs/reasons.md").read_text().splitlines()
    return [line.removeprefix("## ") for line in lines if line.startswith("## ")]


# -- log and end


def test_every_line_of_the_log_is_json_and_a_reset_is_told_in_one(
    commits: None, operator: OperatorProcess, resets: Resets, namespace: str, group: str, topic: str
) -> None:
    resets.apply("replay", to={"offset": 3})
    resets.wait_closed("replay")
    operator.wait_log(msg="reset")
    operator.stop()
    events = [json.loads(line) for line in operator.output().splitlines()]
    assert all({"ts", "level", "msg"} <= set(event) for event in events)
    # Connections are listed meanwhile.
    events = [event for event in events if event.get("kind", "OffsetReset") == "OffsetReset"]
    assert [event["msg"] for event in events] == [
        "starting",
        "listed",
        "reset",
        "stopping",
        "stopped",
    ]
    wanted = {"namespace": namespace, "name": "replay", "group": group, "topic": topic}
    wanted |= {"reason": "OffsetsReset", "level": "info"}
    assert wanted.items() <= events[2].items()


def test_it_ends_in_seconds_also_while_a_reset_waits_and_kafka_does_not_answer(
    commits: None,
    operator: OperatorProcess,
    resets: Resets,
    consume: Callable[..., Consumer],
    group: str,
) -> None:
    consume().wait_assigned()
    resets.apply("waits", to={"offset": 3})
    resets.wait_reason("waits", "GroupActive")
    resets.apply("stuck", to={"offset": 3}, groupId=f"{group}-2", bootstrapServers="127.0.0.1:1")
    resets.wait_reason("stuck", "KafkaUnavailable")
    began = time.monotonic()
    assert operator.stop() == 0
    assert time.monotonic() - began < ENDS_WITHIN
    assert reason(resets.status("waits")) == "GroupActive"
