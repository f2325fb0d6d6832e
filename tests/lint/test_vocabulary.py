"""One vocabulary: what the code says, the CRD and the docs say too."""

import re

import yaml

from tree import TREE

CORE = TREE / "operator" / "core"
CRD = yaml.safe_load((TREE / "crds" / "offsetreset.io_offsetresets.yaml").read_text())
SCHEMA = CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]


def reasons():
    body = re.search(r"enum class Reason[^{]*\{(.*?)\};", (CORE / "reason.h").read_text(), re.S)[1]
    names = re.findall(r"^\s*(\w+),", body, re.MULTILINE)
    assert len(names) > 10
    return names


def property_names(schema):
    """All names of properties in a schema, at any depth."""
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from property_names(inner)
    if "items" in schema:
        yield from property_names(schema["items"])


def enumerators(name):
    block = re.search(rf"struct Names<{name}> \{{(.*?)\n\}};", (CORE / "names.h").read_text(), re.S)
    return re.findall(r'"(\w+)"', block[1])


def test_every_reason_has_a_heading_in_the_docs_and_no_other_has():
    headings = re.findall(r"^## (\w+)$", (TREE / "docs" / "reasons.md").read_text(), re.MULTILINE)
    assert sorted(headings) == sorted(reasons())


def test_the_crd_and_the_codec_have_the_same_spec_fields():
    codec = (CORE / "spec_codec.cpp").read_text()
    fields = re.search(r"kFields\{(.*?)\}", codec, re.S)[1]
    assert sorted(re.findall(r'"(\w+)"', fields)) == sorted(SCHEMA["spec"]["properties"])


def test_the_crd_and_the_codec_have_the_same_destinations():
    codec = (CORE / "spec_codec.cpp").read_text()
    assert sorted(re.findall(r'key == "(\w+)"', codec)) == sorted(
        SCHEMA["spec"]["properties"]["to"]["properties"]
    )


def test_the_crd_and_the_codec_have_the_same_choices():
    spec = SCHEMA["spec"]["properties"]
    for enum, schema in {
        "OutOfRange": spec["outOfRange"],
        "TimestampNotFound": spec["timestampNotFound"],
        "WhenActive": spec["whenActive"],
        "Position": spec["to"]["properties"]["position"],
    }.items():
        assert enumerators(enum) == schema["enum"], enum


def test_the_crd_keeps_every_status_field_that_the_codec_writes_and_has_no_other():
    codec = (CORE / "status_codec.cpp").read_text()
    written = set(re.findall(r'\{"(\w+)", |out\["(\w+)"\]|set_time\("(\w+)"', codec))
    names = {name for match in written for name in match if name}
    assert names == set(property_names(SCHEMA["status"]))
