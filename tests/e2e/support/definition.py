"""The resources' definitions: installed, and as a server before Kubernetes 1.31 takes it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from support.eventually import eventually
from support.kubectl import Kubectl, KubectlError
from support.rig import TREE

_NAME = "offsetresets.offsetreset.io"
ALL = (_NAME, "kafkaconnections.offsetreset.io", "clusterkafkaconnections.offsetreset.io")
_DROP_FIELDS = '[{"op": "remove", "path": "/spec/versions/0/selectableFields"}]'
_STATUS = "/spec/versions/0/schema/openAPIV3Schema/properties/status/properties"
_DROP_PLANS = json.dumps([{"op": "remove", "path": f"{_STATUS}/partitions"}])
_PLAN = json.dumps(
    {"status": {"partitions": [{"topic": "t", "partition": 0, "start": 0, "end": 0}]}}
)
_COLLECTION = "/apis/offsetreset.io/v1alpha1/namespaces/default/offsetresets?timeoutSeconds=1"
# A changed definition gets a new cache of the API server, which thousands of resources fill slowly.
_SERVED_WITHIN = 300

# Not --for=condition=Established: that fails where there are no conditions yet.
_ESTABLISHED = 'jsonpath={.status.conditions[?(@.type=="Established")].status}=True'


def install(kubectl: Kubectl) -> None:
    """Returns when they are established, a moment before their resources can be listed."""
    kubectl("apply", "-f", str(TREE / "crds"))
    crds = [f"crd/{name}" for name in ALL]
    kubectl("wait", f"--for={_ESTABLISHED}", "--timeout=30s", *crds)


@contextmanager
def without_selectable_fields(kubectl: Kubectl) -> Iterator[None]:
    """Inside of it, the API server refuses to select by status.closed."""
    kubectl("patch", "crd", _NAME, "--type=json", "-p", _DROP_FIELDS)
    try:
        eventually("no selectable fields", lambda: _is_served(kubectl, False), _SERVED_WITHIN)
        yield
    finally:
        install(kubectl)
        eventually("selectable fields", lambda: _is_served(kubectl, True), _SERVED_WITHIN)


@contextmanager
def without_plans(kubectl: Kubectl, reset: str) -> Iterator[None]:
    """Inside of it, the API server drops status.partitions; the reset is to find out whether."""
    kubectl("patch", "crd", _NAME, "--type=json", "-p", _DROP_PLANS)
    try:
        eventually("plans dropped", lambda: not _is_plan_kept(kubectl, reset))
        yield
    finally:
        install(kubectl)
        eventually("plans kept", lambda: _is_plan_kept(kubectl, reset))


def _is_plan_kept(kubectl: Kubectl, reset: str) -> bool:
    patch = ("--subresource=status", "--type=merge", "-p", _PLAN, "--dry-run=server")
    try:
        stored = kubectl.json("patch", "ofr", reset, *patch)
    except KubectlError as error:
        assert "unknown field" in str(error), error
        return False
    return "partitions" in stored["status"]


def _is_served(kubectl: Kubectl, selects: bool) -> bool:
    can_select = _succeeds(kubectl, "&fieldSelector=status.closed!%3Dtrue")
    return can_select == selects and _succeeds(kubectl, "&watch=true")


def _succeeds(kubectl: Kubectl, parameters: str) -> bool:
    try:
        kubectl("get", "--raw", _COLLECTION + parameters)
    except KubectlError:
        return False
    return True
