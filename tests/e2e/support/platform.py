"""One operator for the namespaces of several tests, as a platform team runs it."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kubernetes import client

from support.audit import Audit
from support.kubectl import Kubectl
from support.operator_process import OperatorProcess, complaints
from support.rig import Rig
from support.rights import CLUSTER_CONNECTION_RULES, CLUSTER_CREDENTIAL_RULES, RULES
from support.service_account import ServiceAccount

OWN = "operator"
WITH_CLUSTER_CONNECTIONS = "--cluster-connections=true"


@dataclass(frozen=True)
class Platform:
    """Its namespaces by what they are called in a test; OWN is the operator's."""

    operator: OperatorProcess
    account: ServiceAccount
    namespaces: Mapping[str, str]
    kubectl: Callable[[str], Kubectl]  # in one of them


@contextmanager
def platform(
    rig: Rig,
    api: client.ApiClient,
    folder: Path,
    namespaces: Mapping[str, Mapping[str, str]],
    *flags: str,
) -> Iterator[Platform]:
    """An operator with these flags, ready, that watches these namespaces, each with its labels.

    Its own namespace is another one, where it may read Secrets and ConfigMaps only.
    """
    suffix = secrets.token_hex(4)
    named = {name: f"{name}-{suffix}" for name in (OWN, *namespaces)}
    core = client.CoreV1Api(api)
    for name, full in named.items():
        labels = dict(namespaces.get(name, {}))
        core.create_namespace({"metadata": {"name": full, "labels": labels}})
    account = ServiceAccount(api, named[OWN], CLUSTER_CREDENTIAL_RULES)
    account.allow_in_cluster(CLUSTER_CONNECTION_RULES)
    for name in namespaces:
        account.allow(named[name], RULES)
    kubeconfig = folder / "kubeconfig"
    account.write_kubeconfig(rig, kubeconfig)
    seen = Audit(rig.audit_log, api)
    watched = ",".join(named[name] for name in namespaces)
    log = folder / "operator.log"
    operator = OperatorProcess(rig, watched, log, flags, {}, kubeconfig)
    operator.start()
    try:
        yield Platform(operator, account, named, lambda name: Kubectl(rig.kubeconfig, named[name]))
    finally:
        problems = complaints([operator])
    assert not problems, "\n".join(problems)
    assert not seen.never_allowed(account.user), "the chart gives no right to it"
