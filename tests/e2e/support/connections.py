"""KafkaConnections and ClusterKafkaConnections, and the Secrets and ConfigMaps that they name."""

import json
from collections.abc import Sequence

from kubernetes import client

from support.eventually import eventually
from support.kubectl import Kubectl
from support.resets import condition

NAMESPACED = "KafkaConnection"
CLUSTER = "ClusterKafkaConnection"
API = {"group": "offsetreset.io", "version": "v1alpha1"}


def secret(name: str, namespace: str | None = None, **data: str) -> dict:
    """The manifest of a Secret; without a namespace it is for the one of kubectl."""
    return _holder("Secret", name, namespace, {"stringData": data})


def authority(name: str, pem: str) -> dict:
    """The manifest of a ConfigMap as trust-manager writes it."""
    return _holder("ConfigMap", name, None, {"data": {"ca.crt": pem}})


def in_secret(name: str, key: str) -> dict:
    return {"secretKeyRef": {"name": name, "key": key}}


def in_config_map(name: str, key: str) -> dict:
    return {"configMapKeyRef": {"name": name, "key": key}}


def password_of(user: str, name: str, mechanism: str = "SCRAM-SHA-512") -> dict:
    """spec.sasl of a user whose password is in that Secret, as Strimzi writes it."""
    return {
        "mechanism": mechanism,
        "username": user,
        "passwordFrom": in_secret(name, "password"),
    }


def manifest(kind: str, name: str, bootstrap: str | Sequence[str], **spec: object) -> dict:
    servers = bootstrap.split(",") if isinstance(bootstrap, str) else list(bootstrap)
    return {
        "apiVersion": "offsetreset.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"bootstrapServers": servers, **spec},
    }


class Connections:
    """Of a namespace, or of the cluster: applied with kubectl, followed by another client."""

    def __init__(self, api: client.ApiClient, kubectl: Kubectl, kind: str = NAMESPACED) -> None:
        self.kind = kind
        self._api = client.CustomObjectsApi(api)
        self._kubectl = kubectl

    def ref(self, name: str) -> dict:
        """How a reset names it: with bootstrapServers=None it is the only way."""
        reference = {"name": name} if self.kind == NAMESPACED else {"kind": CLUSTER, "name": name}
        return {"connectionRef": reference, "bootstrapServers": None}

    def apply(self, name: str, bootstrap: str, **spec: object) -> None:
        self._kubectl.apply(manifest(self.kind, name, bootstrap, **spec))

    def patch(self, name: str, **spec: object) -> None:
        """Changes these fields of its spec."""
        change = json.dumps({"spec": spec})
        self._kubectl("patch", self._plural, name, "--type=merge", "--patch", change)

    def delete(self, *names: str) -> None:
        self._kubectl("delete", self._plural, *names)

    def get(self, name: str) -> dict:
        if self.kind == CLUSTER:
            return self._api.get_cluster_custom_object(plural=self._plural, name=name, **API)
        return self._api.get_namespaced_custom_object(
            namespace=self._kubectl.namespace, plural=self._plural, name=name, **API
        )

    def wait(self, name: str, seconds: float = 30) -> dict:
        """Its status, once it tells of the connection as it is now."""

        def told() -> dict:
            connection = self.get(name)
            status = connection.get("status", {})
            assert status.get("observedGeneration") == connection["metadata"]["generation"], status
            return status

        return eventually(f"{name} looked at", told, seconds)

    def wait_reason(self, name: str, wanted: str, seconds: float = 30) -> dict:
        """Its status when Ready has that reason."""

        def there() -> dict:
            status = self.get(name).get("status", {})
            assert condition(status, "Ready").get("reason") == wanted, status
            return status

        return eventually(f"{name} at {wanted}", there, seconds)

    @property
    def _plural(self) -> str:
        return f"{self.kind.lower()}s"


def _holder(kind: str, name: str, namespace: str | None, data: dict) -> dict:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **data}
