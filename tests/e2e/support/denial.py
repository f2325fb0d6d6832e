"""An API server that refuses what one user writes, as an admission policy makes it."""

from collections.abc import Iterator
from contextlib import contextmanager

from support.eventually import eventually
from support.kubectl import Kubectl, KubectlError

_POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {name}}}
spec:
  matchConstraints:
    resourceRules:
      - {{apiGroups: [{group}], apiVersions: ["*"], operations: ["*"], resources: ["*"]}}
  validations:
    - expression: "request.userInfo.username != '{user}'"
      message: denied by a test
      reason: Invalid
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {name}}}
spec: {{policyName: {name}, validationActions: [Deny]}}
"""
_PROBES = {
    "coordination.k8s.io": {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": {}},
    "events.k8s.io": {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "eventTime": "2026-11-22T08:00:00.000000Z",
        "action": "Probe",
        "reason": "Probe",
        "type": "Normal",
        "reportingController": "test",
        "reportingInstance": "test",
        "regarding": {"apiVersion": "v1", "kind": "ConfigMap", "name": "probe"},
    },
}


@contextmanager
def denied(kubectl: Kubectl, name: str, group: str, user: str) -> Iterator[None]:
    """Inside of it, that user can write nothing of that API group."""
    kubectl("apply", "-f", "-", stdin=_POLICY.format(name=name, group=group, user=user))
    try:
        eventually(f"{group} denied", lambda: _is_denied(kubectl, group, user))
        yield
    finally:
        kinds = "validatingadmissionpolicybindings,validatingadmissionpolicies"
        kubectl("delete", kinds, name)
        eventually(f"{group} allowed", lambda: not _is_denied(kubectl, group, user))


def _is_denied(kubectl: Kubectl, group: str, user: str) -> bool:
    probe = _PROBES[group] | {"metadata": {"name": "probe"}}
    if "regarding" in probe:
        probe["regarding"] |= {"namespace": kubectl.namespace}
    try:
        kubectl.create(probe, "--dry-run=server", f"--as={user}")
    except KubectlError as error:
        assert "denied by a test" in str(error), error
        return True
    return False
