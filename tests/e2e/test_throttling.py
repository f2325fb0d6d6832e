"""The API server has no time for the operator: priority and fairness."""

from collections.abc import Iterator

import pytest

from support.audit import Audit
from support.kafka import Kafka
from support.kubectl import Kubectl
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess
from support.resets import Resets, reason
from support.service_account import ServiceAccount

RECORDS = 20
_FLOW_CONTROL = "flowcontrol.apiserver.k8s.io/v1"


@pytest.fixture
def throttle(kubectl: Kubectl, account: ServiceAccount, unique: str) -> Iterator["Throttle"]:
    throttle = Throttle(kubectl, account, unique)
    yield throttle
    throttle.end()


class Throttle:
    """429 for all that the operator asks."""

    def __init__(self, kubectl: Kubectl, account: ServiceAccount, name: str) -> None:
        self._kubectl = kubectl
        self._account = account
        self._name = name

    def begin(self) -> dict:
        """The flow schema that does it."""
        limited = {
            "nominalConcurrencyShares": 0,
            "lendablePercent": 0,
            "borrowingLimitPercent": 0,
            "limitResponse": {"type": "Reject"},
        }
        level = {"type": "Limited", "limited": limited}
        self._apply("PriorityLevelConfiguration", level)
        namespace, name = self._account.user.split(":")[2:]
        subject = {
            "kind": "ServiceAccount",
            "serviceAccount": {"name": name, "namespace": namespace},
        }
        everything = {
            "apiGroups": ["*"],
            "resources": ["*"],
            "verbs": ["*"],
            "namespaces": ["*"],
            "clusterScope": True,
        }
        schema = {
            "matchingPrecedence": 1,
            "priorityLevelConfiguration": {"name": self._name},
            "rules": [{"subjects": [subject], "resourceRules": [everything]}],
        }
        self._apply("FlowSchema", schema)
        return self._kubectl.json("get", "flowschema", self._name)

    def end(self) -> None:
        for kind in ("flowschema", "prioritylevelconfiguration"):
            self._kubectl("delete", kind, self._name, "--ignore-not-found")

    def _apply(self, kind: str, spec: dict) -> None:
        metadata = {"name": self._name}
        self._kubectl.apply(
            {"apiVersion": _FLOW_CONTROL, "kind": kind, "metadata": metadata, "spec": spec}
        )


def test_a_reset_of_an_operator_that_is_throttled_follows_when_the_server_has_time(
    operator: OperatorProcess,
    throttle: Throttle,
    resets: Resets,
    audit: Audit,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    namespace: str,
    group: str,
    topic: str,
) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    kafka.commit(group, topic, {0: RECORDS})
    uid = throttle.begin()["metadata"]["uid"]
    resets.apply("replay", to={"offset": 5})
    refused = operator.wait_log(msg="throttled by the API server", flow_schema=uid)
    assert refused[0]["priority_level"], "who is throttled can be looked up"
    operator.wait_log(msg="reset", reason="KubernetesUnavailable")
    assert kafka.committed(group, topic) == {0: RECORDS}, "committed what was not saved"
    throttle.end()
    assert reason(resets.wait_closed("replay")) == "OffsetsReset"
    assert offsets_log.commits(group, topic) == {0: [RECORDS, 5]}
    assert [w.code for w in audit.status_writes(namespace) if w.code != 429] == [200, 200]
