"""OffsetResets of one namespace."""

import json

from kubernetes import client

from support.eventually import eventually
from support.kubectl import Kubectl, KubectlError
from support.rig import Rig

_RESOURCE = {"group": "offsetreset.io", "version": "v1alpha1", "plural": "offsetresets"}


def condition(status: dict, kind: str) -> dict:
    """The condition of that type; an empty one if there is none."""
    found = [c for c in status.get("conditions", []) if c["type"] == kind]
    return found[0] if found else {}


def reason(status: dict) -> str | None:
    """Why the reset is where it is."""
    return condition(status, "Succeeded").get("reason")


def filled(value: object, *names: str, **words: str) -> object:
    """The same with {0}, {1}... and {word} replaced in every text."""
    if isinstance(value, dict):
        return {key: filled(inner, *names, **words) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, *names, **words) for inner in value]
    return value.format(*names, **words) if isinstance(value, str) else value


class Resets:
    """Applies resets with kubectl, and follows them with another client."""

    def __init__(
        self,
        rig: Rig,
        api: client.ApiClient,
        kubectl: Kubectl,
        namespace: str,
        group: str,
        topic: str,
    ) -> None:
        self._api = client.CustomObjectsApi(api)
        self._kubectl = kubectl
        self._namespace = namespace
        self._defaults = {
            "bootstrapServers": rig.kafka_bootstrap,
            "groupId": group,
            "topic": topic,
        }

    def manifest(self, name: str, **spec: object) -> dict:
        """A reset of the test's group and topic, with these fields of spec; None: without it."""
        fields = {k: v for k, v in (self._defaults | spec).items() if v is not None}
        return {
            "apiVersion": "offsetreset.io/v1alpha1",
            "kind": "OffsetReset",
            "metadata": {"name": name, "namespace": self._namespace},
            "spec": fields,
        }

    def apply(self, name: str, **spec: object) -> None:
        self._kubectl.apply(self.manifest(name, **spec))

    def try_apply(self, name: str, **spec: object) -> bool:
        """The same where the definition may not be served yet; for `eventually`."""
        try:
            self.apply(name, **spec)
        except KubectlError as error:
            raise AssertionError(str(error)) from error
        return True

    def patch(self, name: str, **spec: object) -> None:
        """Changes these fields of its spec."""
        change = json.dumps({"spec": spec})
        self._kubectl("patch", "ofr", name, "--type=merge", "--patch", change)

    def delete(self, name: str) -> None:
        self._kubectl("delete", "ofr", name, "--wait=false")

    def get(self, name: str) -> dict:
        return self._api.get_namespaced_custom_object(
            namespace=self._namespace, name=name, **_RESOURCE
        )

    def all(self) -> list[dict]:
        found = self._api.list_namespaced_custom_object(namespace=self._namespace, **_RESOURCE)
        return found["items"]

    def status(self, name: str) -> dict:
        return self.get(name).get("status", {})

    def rows(self, name: str) -> dict[int, dict]:
        """The rows of its plan, by partition."""
        return {row["partition"]: row for row in self.status(name).get("partitions", [])}

    def wait_closed(self, name: str, seconds: float = 30) -> dict:
        """Its status when the operator is done with it."""

        def closed() -> dict:
            status = self.status(name)
            assert status.get("closed"), status
            return status

        return eventually(f"{name} closed", closed, seconds)

    def wait_gone(self, name: str, seconds: float = 30) -> None:
        """Returns when there is no reset of that name any more."""

        def gone() -> bool:
            return name not in [reset["metadata"]["name"] for reset in self.all()]

        eventually(f"{name} gone", gone, seconds)

    def wait_reason(self, name: str, wanted: str, seconds: float = 30) -> dict:
        """Its status when it is where it is for that reason."""

        def there() -> dict:
            status = self.status(name)
            assert reason(status) == wanted, status
            return status

        return eventually(f"{name} at {wanted}", there, seconds)
