"""What a pod finds of its service account, for a process of this machine."""

import base64
import json
from pathlib import Path

import requests
import yaml
from kubernetes import client

from support.eventually import eventually
from support.kubectl import Kubectl
from support.rig import Rig

_RBAC = "rbac.authorization.k8s.io"


def write_kubeconfig(rig: Rig, namespace: str, account: str, file: Path) -> None:
    """The rig as that account sees it, by default in its own namespace."""
    token = Kubectl(rig.kubeconfig, namespace)("create", "token", account).strip()
    _write(rig, namespace, token, file)


class ServiceAccount:
    """An account with these rights in its namespace, and none elsewhere until it is given some."""

    def __init__(self, api: client.ApiClient, namespace: str, rules: list[dict]) -> None:
        """Returns when the API server lets it use them."""
        self._core = client.CoreV1Api(api)
        self._rbac = client.RbacAuthorizationV1Api(api)
        self._reviews = client.AuthorizationV1Api(api)
        self._namespace = namespace
        self._name = "operator"
        metadata = {"name": self._name}
        self._core.create_namespaced_service_account(namespace, {"metadata": metadata})
        self.allow(namespace, rules)

    def allow(self, namespace: str, rules: list[dict]) -> None:
        """These rights in that namespace."""
        metadata = {"name": self._name}
        self._rbac.create_namespaced_role(namespace, {"metadata": metadata, "rules": rules})
        self._bind_in(namespace, self._name, self._subject)
        self._wait_may(rules[0], namespace)

    @property
    def user(self) -> str:
        """What the API server calls it."""
        return f"system:serviceaccount:{self._namespace}:{self._name}"

    def allow_in_cluster(self, rules: list[dict]) -> None:
        """These rights in all namespaces, and outside of them."""
        name = f"{self._namespace}-{self._name}"
        self._rbac.create_cluster_role({"metadata": {"name": name}, "rules": rules})
        role = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name}
        binding = {"metadata": {"name": name}, "roleRef": role, "subjects": [self._subject]}
        self._rbac.create_cluster_role_binding(binding)
        self._wait_may(rules[0], None)

    def write_kubeconfig(self, rig: Rig, file: Path) -> None:
        wanted = {"spec": {"audiences": []}}
        answer = self._core.create_namespaced_service_account_token(
            self._name, self._namespace, wanted
        )
        _write(rig, self._namespace, answer.status.token, file)

    def create_revocable_token(self, name: str) -> str:
        """A token that is good until it is revoked by that name."""
        core = self._core
        secret = core.create_namespaced_secret(self._namespace, {"metadata": {"name": name}})
        bound = {"apiVersion": "v1", "kind": "Secret", "name": name, "uid": secret.metadata.uid}
        wanted = {"spec": {"audiences": [], "boundObjectRef": bound}}
        answer = core.create_namespaced_service_account_token(self._name, self._namespace, wanted)
        return answer.status.token

    def revoke(self, name: str, token: str) -> None:
        """Returns when the API server does not take it any more: it remembers a token for 10 s."""
        self._core.delete_namespaced_secret(name, self._namespace)
        configuration = self._core.api_client.configuration
        headers = {"Authorization": f"Bearer {token}"}

        def refused() -> bool:
            url = f"{configuration.host}/api"
            answer = requests.get(
                url, headers=headers, verify=configuration.ssl_ca_cert, timeout=10
            )
            return answer.status_code == 401

        eventually(f"token {name} refused", refused, every=0.2)

    def bind(self, user: str) -> None:
        """Gives another user the same rights."""
        subject = {"apiGroup": _RBAC, "kind": "User", "name": user}
        self._bind_in(self._namespace, user, subject)

    @property
    def _subject(self) -> dict:
        return {"kind": "ServiceAccount", "name": self._name, "namespace": self._namespace}

    def _bind_in(self, namespace: str, name: str, subject: dict) -> None:
        role = {"apiGroup": _RBAC, "kind": "Role", "name": self._name}
        binding = {"metadata": {"name": name}, "roleRef": role, "subjects": [subject]}
        self._rbac.create_namespaced_role_binding(namespace, binding)

    def _wait_may(self, rule: dict, namespace: str | None) -> None:
        """None: in the whole cluster."""
        right = {"group": rule["apiGroups"][0], "resource": rule["resources"][0]}
        right |= {"verb": rule["verbs"][0]} | ({"namespace": namespace} if namespace else {})
        review = {"spec": {"user": self.user, "resourceAttributes": right}}
        eventually(
            f"rights of {self.user}",
            lambda: self._reviews.create_subject_access_review(review).status.allowed,
            every=0.01,
        )


def _write(rig: Rig, namespace: str, token: str, file: Path) -> None:
    config = yaml.safe_load(rig.kubeconfig.read_text())
    for user in config["users"]:
        user["user"] = {"token": token}
    for context in config["contexts"]:
        context["context"]["namespace"] = namespace
    file.write_text(json.dumps(config))


def credential_id(token: str) -> str:
    """What the audit log calls it."""
    payload = token.split(".")[1]
    return f"JTI={json.loads(base64.urlsafe_b64decode(payload + '==='))['jti']}"
