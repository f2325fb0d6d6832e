"""The measurements of scripts/bench.

bench.py <operator> <kafka_calls>, in the environment of `scripts/rig env`. Prints tables.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS)]

import bench_closed  # noqa: E402
import urllib3  # noqa: E402
from bench_closed import memory_mib  # noqa: E402
from kubernetes import client, config, watch  # noqa: E402

from support.audit import Audit  # noqa: E402
from support.kafka import Kafka  # noqa: E402
from support.operator_process import OperatorProcess  # noqa: E402
from support.rig import Rig  # noqa: E402

PARTITIONS = 12
RECORDS = 1000
RESETS = 20
TOOL_RUNS = 3
TOPIC = "bench"
NAMESPACE = "default"
RESOURCE = {
    "group": "offsetreset.io",
    "version": "v1alpha1",
    "namespace": NAMESPACE,
    "plural": "offsetresets",
}


class Finished:
    """When each reset was seen finished, by a watch of our own."""

    def __init__(self, api: client.CustomObjectsApi) -> None:
        self._seen: dict[str, float] = {}
        self._changed = threading.Condition()
        self._watcher = watch.Watch()
        self._is_over = threading.Event()
        self._api = api
        threading.Thread(target=self._watch, daemon=True).start()

    def wait(self, name: str) -> float:
        with self._changed:
            assert self._changed.wait_for(lambda: name in self._seen, 30), f"{name}: not finished"
            return self._seen[name]

    def end(self) -> None:
        """However the watch ends from now on, it is over."""
        self._is_over.set()
        self._watcher.stop()

    def _watch(self) -> None:
        try:
            self._follow()
        except (client.ApiException, urllib3.exceptions.HTTPError):
            if not self._is_over.is_set():
                raise

    def _follow(self) -> None:
        for event in self._watcher.stream(self._api.list_namespaced_custom_object, **RESOURCE):
            now = time.monotonic()
            status = event["object"].get("status", {})
            if not status.get("closed"):
                continue
            assert status["summary"]["moved"] == PARTITIONS, status
            with self._changed:
                self._seen[event["object"]["metadata"]["name"]] = now
                self._changed.notify_all()


def reset(api: client.CustomObjectsApi, finished: Finished, name: str, bootstrap: str, to: int):
    """Milliseconds from the request that creates it to the finished status."""
    body = {
        "apiVersion": "offsetreset.io/v1alpha1",
        "kind": "OffsetReset",
        "metadata": {"name": name},
        "spec": {
            "bootstrapServers": bootstrap,
            "groupId": "bench-operator",
            "topic": TOPIC,
            "to": {"offset": to},
        },
    }
    began = time.monotonic()
    api.create_namespaced_custom_object(body=body, **RESOURCE)
    return (finished.wait(name) - began) * 1000


def kafka_calls(program: str, bootstrap: str) -> list[float]:
    command = [program, bootstrap, "bench-calls", TOPIC]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(line) for line in done.stdout.split()]


def kafka_tool(rig: Rig) -> list[float]:
    tool = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
    times = []
    for _ in range(TOOL_RUNS):
        began = time.monotonic()
        command = ["java", "-cp", rig.kafka_classpath, tool]
        command += ["--bootstrap-server", rig.kafka_bootstrap, "--group", "bench-tool"]
        command += ["--topic", TOPIC, "--reset-offsets", "--to-earliest", "--execute"]
        subprocess.run(command, capture_output=True, check=True)
        times.append((time.monotonic() - began) * 1000)
    return times


def main() -> None:
    os.environ["OPERATOR_BINARY"] = sys.argv[1]
    rig = Rig.from_environment()
    kafka = Kafka(rig.kafka_bootstrap)
    connection = config.new_client_from_config(str(rig.kubeconfig))
    api = client.CustomObjectsApi(connection)
    kafka.create_topic(TOPIC, PARTITIONS)
    for partition in range(PARTITIONS):
        kafka.produce(TOPIC, RECORDS, partition)
    for group in ("bench-operator", "bench-calls", "bench-tool"):
        kafka.commit(group, TOPIC, dict.fromkeys(range(PARTITIONS), RECORDS))
    api.list_namespaced_custom_object(**RESOURCE)  # connected, before anything is timed
    finished = Finished(api)
    audit = Audit(rig.audit_log, connection)

    with tempfile.TemporaryDirectory() as folder:
        operator = OperatorProcess(rig, NAMESPACE, Path(folder) / "operator.log")
        operator.start()
        try:
            idle = memory_mib(operator.pid, "VmRSS")
            cold = reset(api, finished, "cold", rig.kafka_bootstrap, 0)
            warm = [
                reset(api, finished, f"warm-{n}", rig.kafka_bootstrap, n + 1) for n in range(RESETS)
            ]
            after = memory_mib(operator.pid, "VmRSS")
            writes = len(audit.of_operator(NAMESPACE, "offsetresets/status"))
        finally:
            operator.stop()
    calls = kafka_calls(sys.argv[2], rig.kafka_bootstrap)
    tool = kafka_tool(rig)

    calls_warm = statistics.median(calls[1:])
    rows = [
        ("operator, created to finished", cold, statistics.median(warm)),
        ("the Kafka calls alone", calls[0], calls_warm),
        ("Kafka's own tool", tool[0], statistics.median(tool)),
    ]
    title = f"a reset of {PARTITIONS} partitions"
    print(f"\n{title:32}{'first, ms':>12}{'median, ms':>12}{'ratio':>9}")
    for name, first, median in rows:
        print(f"{name:32}{first:12.1f}{median:12.1f}{median / calls_warm:8.1f}x")
    print(f"\nmedians of {RESETS} (operator, calls) and {TOOL_RUNS} (tool) in this run")
    print(f"resident memory: {idle:.1f} MiB idle, {after:.1f} MiB after {RESETS + 1} resets")
    print(f"status writes a reset: {writes / (RESETS + 1):.2f}", flush=True)
    finished.end()
    print(bench_closed.measure(rig, connection, TOPIC))


if __name__ == "__main__":
    main()
