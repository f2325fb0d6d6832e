"""What closed resets cost an operator that starts among them; a part of scripts/bench."""

import statistics
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kubernetes import client

from support import closed_resets
from support.audit import Audit
from support.definition import without_selectable_fields
from support.eventually import eventually
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.resets import Resets
from support.rig import Rig

CLOSED = 20_000
_STARTS = 5
_LONGEST_START_SECONDS = 300
_NONE, _MANY = "bench-none", "bench-closed"


@dataclass(frozen=True)
class Start:
    listed_ms: float  # from its first to that line of its log
    requests: float
    rss_mib: float
    highest_rss_mib: float


def measure(rig: Rig, api: client.ApiClient, topic: str) -> str:
    """A table, in lines."""
    for namespace in (_NONE, _MANY):
        client.CoreV1Api(api).create_namespace({"metadata": {"name": namespace}})
    _close_one(rig, api, topic)
    closed_resets.multiply(rig, api, _MANY, "replay", CLOSED)
    none, many = _starts(rig, api, [_NONE, _MANY])
    with without_selectable_fields(Kubectl(rig.kubeconfig)):
        (unselected,) = _starts(rig, api, [_MANY])
    return _table(none, many, unselected)


def _close_one(rig: Rig, api: client.ApiClient, topic: str) -> None:
    resets = Resets(rig, api, Kubectl(rig.kubeconfig, _MANY), _MANY, "bench-closed", topic)
    with tempfile.TemporaryDirectory() as folder:
        operator = OperatorProcess(rig, _MANY, Path(folder) / "operator.log")
        operator.start()
        try:
            resets.apply("replay", to={"offset": 1})
            resets.wait_closed("replay")
        finally:
            operator.stop()


def _starts(rig: Rig, api: client.ApiClient, namespaces: list[str]) -> list[Start]:
    """Medians for each namespace, of starts in turn."""
    found = {name: [] for name in namespaces}
    for _ in range(_STARTS):
        for name, starts in found.items():
            starts.append(_start(rig, api, name))
    return [
        Start(
            *(
                statistics.median(getattr(start, field) for start in starts)
                for field in Start.__dataclass_fields__
            )
        )
        for starts in found.values()
    ]


def _start(rig: Rig, api: client.ApiClient, namespace: str) -> Start:
    audit = Audit(rig.audit_log, api)
    with tempfile.TemporaryDirectory() as folder:
        operator = OperatorProcess(rig, namespace, Path(folder) / "operator.log")
        operator.start(wait_ready=False)
        try:
            operator.wait_ready(_LONGEST_START_SECONDS)
            eventually("watching", lambda: _is_watching(audit, namespace))
            return Start(
                listed_ms=_listed_ms(operator),
                requests=len(audit.of_operator(namespace)),
                rss_mib=memory_mib(operator.pid, "VmRSS"),
                highest_rss_mib=memory_mib(operator.pid, "VmHWM"),
            )
        finally:
            operator.stop()


def _listed_ms(operator: OperatorProcess) -> float:
    (starting, *_) = operator.log(msg="starting")
    (listed, *_) = operator.log(msg="listed", kind="OffsetReset")
    begun, ended = (datetime.fromisoformat(event["ts"]) for event in (starting, listed))
    return (ended - begun).total_seconds() * 1000


def memory_mib(pid: int, what: str) -> float:
    """VmRSS: resident memory; VmHWM: the most that it ever was."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(what)).split()[1]) / 1024


def _is_watching(audit: Audit, namespace: str) -> bool:
    requests = audit.of_operator(namespace, "offsetresets")
    return any(r.verb == "watch" and r.code == 200 for r in requests)


def _table(none: Start, many: Start, unselected: Start) -> str:
    lines = [f"\n{'an operator starts':32}{'none':>10}{f'{CLOSED:,}':>18}{'unselected':>18}"]
    for name, field, digits in (
        ("has listed after, ms", "listed_ms", 0),
        ("requests until it watches", "requests", 0),
        ("resident memory, MiB", "rss_mib", 1),
        ("at most, MiB", "highest_rss_mib", 1),
    ):
        base, *others = (getattr(start, field) for start in (none, many, unselected))
        cells = [f"{value:10.{digits}f}{value / base:7.2f}x" for value in others]
        lines.append(f"{name:32}{base:10.{digits}f}{''.join(cells)}")
    lines.append(
        f"\nmedians of {_STARTS} starts among none and among {CLOSED:,} closed resets; unselected: "
        "the same where\nthe API server can't select by status.closed, as before Kubernetes 1.31"
    )
    return "\n".join(lines)
