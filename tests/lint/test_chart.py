"""The chart, as far as it can be judged without Helm."""

import json
import re

import chart_readme
import yaml
from chart_readme import CHART

from tree import TREE

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
META = yaml.safe_load((CHART / "Chart.yaml").read_text())


def test_the_charts_definitions_are_those_in_crds():
    """Copies, as Helm can't read outside of a chart and GitOps tools drop symbolic links."""
    copies = {file.name: file.read_text() for file in (CHART / "files" / "crds").iterdir()}
    originals = {file.name: file.read_text() for file in (TREE / "crds").glob("*.yaml")}
    assert copies == originals, "cp crds/*.yaml charts/offset-reset-operator/files/crds/"


def test_the_charts_readme_is_made_from_the_comments():
    assert chart_readme.README.read_text() == chart_readme.readme(), (
        "python tests/lint/chart_readme.py"
    )


def test_every_value_has_a_comment():
    commented = {path for path, _ in chart_readme.comments((CHART / "values.yaml").read_text())}
    assert not sorted(set(chart_readme.leaves(VALUES, commented)) - commented)


def uses(path, templates):
    """Whether templates name the value, or its parent as `with` and the rest inside of it."""
    names = path.split(".")
    forms = [re.escape(f".Values.{path}") + r"\b"]
    if len(names) > 1:
        parent = re.escape(f".Values.{'.'.join(names[:-1])}")
        forms.append(rf"with (\$)?{parent}\b[\s\S]*[ (]\.{names[-1]}\b")
    return any(re.search(form, templates) for form in forms)


def test_every_value_is_used_by_a_template():
    templates = "\n".join(
        file.read_text() for file in sorted((CHART / "templates").iterdir(), reverse=True)
    )
    commented = {path for path, _ in chart_readme.comments((CHART / "values.yaml").read_text())}
    assert not [
        path for path in chart_readme.leaves(VALUES, commented) if not uses(path, templates)
    ]


def allowed(schema):
    """The part of a schema that a reference stands for."""
    if "$ref" in schema:
        return SCHEMA["definitions"][schema["$ref"].split("/")[-1]]
    return schema


def names(schema, prefix=""):
    for name, inner in allowed(schema).get("properties", {}).items():
        yield f"{prefix}{name}"
        yield from names(inner, f"{prefix}{name}.")


def test_the_schema_knows_every_value_and_no_other():
    known = set(names(SCHEMA)) - {"global", "resources.claims"}
    text = (CHART / "values.yaml").read_text()
    documented = {path for path, _ in chart_readme.comments(text)}
    sections = {path.rpartition(".")[0] for path in known if "." in path}
    parts = {path for path in known if path.rpartition(".")[0] in ("resources", "affinity")}
    assert known - sections - parts == documented - sections
    assert SCHEMA["additionalProperties"] is False


def test_the_chart_has_the_operators_version():
    version = re.search(r"VERSION (\d+\.\d+\.\d+)", (TREE / "CMakeLists.txt").read_text())[1]
    assert META["appVersion"] == version


def test_every_flag_of_the_operator_is_set_or_can_be():
    source = (TREE / "operator" / "config.cpp").read_text()
    flags = set(re.findall(r'add_option\("(--[a-z-]+)"', source))
    template = (CHART / "templates" / "deployment.yaml").read_text()
    assert len(flags) > 4
    assert ".Values.extraArgs" in template
    assert flags - set(re.findall(r"- (--[a-z-]+)=", template)) == {"--kubeconfig"}
