"""What the chart and the kustomize base render, in the API server's eyes."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from support.helm import CHART, NAME, VALUE_SETS, rendered, run
from support.kubectl import Kubectl
from support.rig import TREE, Rig
from support.schemas import write_schemas

# Of the Prometheus operator, which the rig has not.
FOREIGN = ("ServiceMonitor", "PodMonitor")

value_sets = pytest.mark.parametrize("values", VALUE_SETS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def schemas(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Schemas of all kinds that the server knows."""
    folder = tmp_path_factory.mktemp("schemas")
    openapi = Kubectl(rig.kubeconfig)("get", "--raw", "/openapi/v2")
    write_schemas(json.loads(openapi), folder)
    return folder


def conforms(schemas: Path, manifests: str) -> str:
    location = f"{schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    flags = [
        "-strict",
        "-summary",
        "-n=1",
        f"-schema-location={location}",
        f"-skip={','.join(FOREIGN)}",
    ]
    return run("kubeconform", *flags, "-", stdin=manifests)


@value_sets
def test_kubeconform_finds_no_fault(schemas: Path, values: Path) -> None:
    manifests = yaml.safe_dump_all(rendered("default", f"--values={values}"))
    assert "Invalid: 0, Errors: 0" in conforms(schemas, manifests)


def test_kubeconform_would_find_a_fault(schemas: Path) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "x"},
        "spec": {"prots": 1},
    }
    with pytest.raises(Exception, match="prots"):
        conforms(schemas, yaml.safe_dump(service))


@value_sets
def test_the_server_takes_what_the_chart_renders(
    rig: Rig, crds: None, namespace: str, values: Path
) -> None:
    found = rendered(namespace, f"--values={values}")
    manifests = [x for x in found if x["kind"] not in FOREIGN]
    of_namespace = defaultdict(list)
    for manifest in manifests:
        of_namespace[manifest["metadata"].get("namespace", namespace)].append(manifest)
    flags = ["--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict"]
    for name, group in of_namespace.items():
        kubectl = Kubectl(rig.kubeconfig, name)
        answer = kubectl("apply", *flags, "-f", "-", stdin=yaml.safe_dump_all(group))
        assert len(answer.splitlines()) == len(group)


def test_the_manifest_in_the_notes_works_when_pasted(kubectl: Kubectl, namespace: str) -> None:
    notes = run(
        "helm4", "install", NAME, CHART, "--dry-run=client", "--hide-notes=false",
        f"--set=watchNamespaces={{{namespace}}}",
    )  # fmt: skip
    command = notes[notes.index("kubectl apply") :]
    assert command.startswith(f"kubectl apply -n {namespace} -f - <<'EOF'\n")
    manifest = command.split("\n", 1)[1].split("\nEOF\n")[0]
    kubectl("apply", "-f", "-", stdin=manifest)
    assert kubectl.json("get", "ofr", "first-reset")["spec"]["groupId"] == "orders-consumer"


def without_labels_of_helm(found: dict) -> dict:
    metadata = found["metadata"]
    if found["kind"] == "CustomResourceDefinition":
        return found | {"metadata": {"name": metadata["name"]}}
    places = [metadata["labels"]]
    if found["kind"] == "Deployment":
        places.append(found["spec"]["template"]["metadata"]["labels"])
    for labels in places:
        for label in ("helm.sh/chart", "app.kubernetes.io/managed-by"):
            labels.pop(label, None)
    return found


def test_the_kustomize_base_is_what_the_chart_renders(rig: Rig) -> None:
    base = yaml.safe_load_all(Kubectl(rig.kubeconfig)("kustomize", str(TREE / "deploy")))
    of_base, of_chart = (
        {(x["kind"], x["metadata"]["name"]): without_labels_of_helm(x) for x in objects}
        for objects in (base, rendered(NAME))
    )
    namespace = of_base.pop(("Namespace", NAME))
    assert of_base == of_chart, "deploy/operator.yaml says how it is written"
    enforced = namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    assert enforced == "restricted"
