"""The chart, as both versions of Helm and helm-unittest see it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tree import TREE

CHART = TREE / "charts" / "offset-reset-operator"
HELMS = ["helm3", "helm4"]
VALUE_SETS = sorted((CHART / "ci").glob("*-values.yaml"))


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder of the tools; minutes to build where they are not there yet."""
    command = [sys.executable, TREE / "scripts" / "rig", "tools"]
    return Path(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout[:-1])


def run(*command: object) -> subprocess.CompletedProcess:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def objects(tools: Path, helm: str, values: Path) -> list[dict]:
    done = run(
        tools / helm, "template", "offset-reset-operator", CHART, "--namespace=operators",
        f"--values={values}",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return [found for found in yaml.safe_load_all(done.stdout) if found]


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("values", VALUE_SETS, ids=lambda path: path.stem)
def test_helm_finds_no_fault(tools: Path, helm: str, values: Path) -> None:
    done = run(tools / helm, "lint", "--strict", f"--values={values}", CHART)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("values", VALUE_SETS, ids=lambda path: path.stem)
def test_both_versions_of_helm_render_the_same(tools: Path, values: Path) -> None:
    def sort_key(found: dict) -> tuple:
        metadata = found["metadata"]
        return found["kind"], metadata["name"], metadata.get("namespace", "")

    three, four = (sorted(objects(tools, helm, values), key=sort_key) for helm in HELMS)
    assert three == four


def test_helm_unittest_passes(tools: Path) -> None:
    done = run(tools / "helm-unittest", "--color=false", CHART)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize(
    "misspelt",
    ["replica=2", "image.digset=x", "metrics.serviceMonitor.enable=true", "crds.enabled=yess"],
)
def test_a_misspelt_value_is_refused(tools: Path, helm: str, misspelt: str) -> None:
    done = run(tools / helm, "template", "x", CHART, "--set", misspelt)
    assert done.returncode != 0
    assert misspelt.split("=")[0].split(".")[-1] in done.stdout


def test_the_definitions_are_rendered_as_they_are(tools: Path) -> None:
    rendered = [
        found
        for found in objects(tools, "helm4", CHART / "ci" / "default-values.yaml")
        if found["kind"] == "CustomResourceDefinition"
    ]
    files = sorted((CHART / "files" / "crds").glob("*.yaml"))
    originals = [yaml.safe_load(file.read_text()) for file in files]
    assert len(originals) == 3
    for found in rendered:
        assert found["metadata"].pop("annotations") == {"helm.sh/resource-policy": "keep"}
        del found["metadata"]["labels"]
    assert rendered == originals


def test_a_packaged_chart_renders_the_same(tools: Path, tmp_path: Path) -> None:
    done = run(tools / "helm3", "package", CHART, "--destination", tmp_path)
    assert done.returncode == 0, done.stdout
    (package,) = tmp_path.iterdir()
    from_package, from_folder = (
        run(tools / "helm4", "template", "x", chart).stdout for chart in (package, CHART)
    )
    assert from_package == from_folder
