"""An operator that has nothing to do, beside the tests for as long as they run."""

import secrets
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from kubernetes import client, config

from support import closed_resets
from support.audit import Audit, Request
from support.eventually import eventually
from support.forwarder import Forwarder
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess
from support.resets import Resets
from support.rig import Rig
from support.rights import ELECTION_RULES, RULES
from support.service_account import ServiceAccount

CLOSED = 500
SECONDS = 300
_RETRY_SECONDS = 2  # the lease is renewed so often
_RECORDS = 10
# What a start ends with: the definition checked, a leader's event told, the watch begun.
_WATCHED = ("offsetresets", "kafkaconnections")
_BEGINNING = {("get", ""), ("create", "events"), *(("watch", kind) for kind in _WATCHED)}


class IdleOperator:
    """Leads, over closed resets of a Kafka whose connections are counted."""

    def __init__(self, rig: Rig) -> None:
        """Returns when it is at rest; from then on it counts what it does."""
        self._closing = ExitStack()
        name = f"idle-{secrets.token_hex(4)}"
        api = config.new_client_from_config(str(rig.kubeconfig))
        client.CoreV1Api(api).create_namespace({"metadata": {"name": name}})
        account = ServiceAccount(api, name, RULES + ELECTION_RULES)
        self._user = account.user
        folder = Path(self._closing.enter_context(TemporaryDirectory()))
        account.write_kubeconfig(rig, folder / "kubeconfig")
        self._kafka = Forwarder(rig.kafka_bootstrap)
        self._kafka.open()
        self._closing.callback(self._kafka.close)
        flags = ("--leader-elect",)
        log = folder / "operator.log"
        self._operator = OperatorProcess(rig, name, log, flags, {}, folder / "kubeconfig")
        self._closing.callback(self._operator.stop)
        self._make_closed_resets(rig, api, name)
        self._audit = Audit(rig.audit_log, api)
        self._operator.start()
        eventually("idle operator at rest", self._has_begun)
        self._audit.forget()
        self._connections = self._kafka.count
        assert self._connections > 0, "no witness of connections"
        self._since = time.monotonic()

    def verdict(self) -> str:
        """What it did, once it was idle for long enough. An AssertionError: too much."""
        time.sleep(max(0.0, self._since + SECONDS - time.monotonic()))
        assert self._operator.returncode is None, f"it ended:\n{self._operator.output()}"
        requests = self._audit.of_user(self._user)
        seconds = time.monotonic() - self._since
        renewals = [r for r in requests if _is_renewal(r)]
        others = [r for r in requests if not _is_renewal(r)]
        assert self._operator.probe("/readyz").status_code == 200
        assert len(renewals) > seconds / _RETRY_SECONDS / 2, f"{len(renewals)} renewals: it slept"
        assert {r.verb for r in others} <= {"watch"}, others
        most = len(_WATCHED) * (seconds / SECONDS + 1)
        assert len(others) <= most, f"watches of less than {SECONDS} s: {others}"
        assert self._kafka.count == self._connections, "it connected to Kafka"
        assert self._operator.stop() == 0
        assert not (report := self._operator.sanitizer_report()), report
        return (
            f"an idle operator over {CLOSED} closed resets renewed its lease {len(renewals)} times "
            f"in {seconds:.0f} s, and asked for {len(others)} watches and nothing else"
        )

    def close(self) -> None:
        self._closing.close()

    def _has_begun(self) -> bool:
        return {(r.verb, r.resource) for r in self._audit.of_user(self._user)} >= _BEGINNING

    def _make_closed_resets(self, rig: Rig, api: client.ApiClient, name: str) -> None:
        kafka = Kafka(rig.kafka_bootstrap)
        kafka.create_topic(name)
        kafka.produce(name, _RECORDS)
        resets = Resets(rig, api, Kubectl(rig.kubeconfig, name), name, name, name)
        self._operator.start()
        resets.apply("replay", to={"offset": 5}, bootstrapServers=self._kafka.address)
        resets.wait_closed("replay")
        assert self._operator.stop() == 0
        closed_resets.multiply(rig, api, name, "replay", CLOSED)


def _is_renewal(request: Request) -> bool:
    return (request.resource, request.verb, request.code) == ("leases", "update", 200)
