"""One vocabulary: what the code says, the CRD and the docs say too."""

import math
import re

import yaml

from tree import TREE
from vocabulary import CORE, reasons

PAGE = (TREE / "docs" / "reasons.md").read_text()
PARTS = ("Means", "You see", "Acts", "Do", "Example")  # of what the page says of a reason


def schema_of(plural):
    crd = yaml.safe_load((TREE / "crds" / f"offsetreset.io_{plural}.yaml").read_text())
    return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]


SCHEMA = schema_of("offsetresets")
CONNECTION = schema_of("kafkaconnections")
CLUSTER_CONNECTION = schema_of("clusterkafkaconnections")


def property_names(schema):
    """All names of properties in a schema, at any depth."""
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from property_names(inner)
    if "items" in schema:
        yield from property_names(schema["items"])


def enumerators(name):
    block = re.search(rf"struct Names<{name}> \{{(.*?)\n\}};", (CORE / "names.h").read_text(), re.S)
    return re.findall(r'"([\w-]+)"', block[1])


def test_every_reason_has_a_heading_in_the_docs_and_no_other_has():
    assert sorted(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) == sorted(reasons())


def test_of_every_reason_the_docs_tell_the_meaning_and_what_is_to_be_done():
    for section in PAGE.split("\n## ")[1:]:
        parts = re.findall(r"^\*\*([\w ]+):\*\* \S", section, re.MULTILINE)
        assert parts == [*PARTS], section.split("\n")[0]


def objects(schema):
    """The names of the fields of each object in a schema, at any depth."""
    if "properties" in schema:
        yield sorted(schema["properties"])
    for inner in schema.get("properties", {}).values():
        yield from objects(inner)
    if "items" in schema:
        yield from objects(schema["items"])


def known_to_the_codec(*files):
    """The names of the fields of each object that the operator decodes."""
    for file in files:
        code = (CORE / file).read_text()
        for names in re.findall(r"refuse_others_than\(\s*\{(.*?)\}\)", code, re.S):
            yield sorted(re.findall(r'"(\w+)"', names))


def test_the_crd_and_the_codec_have_the_same_fields_of_a_spec():
    of_the_spec_alone = {"undo", "undoMoved", "csvFrom"}
    crd = list(objects(SCHEMA["spec"]))
    whole = SCHEMA["spec"]["properties"]["to"]["properties"].keys()
    crd.remove(sorted(whole - of_the_spec_alone))  # topics[].to, which the codec reads as spec.to
    crd.remove(["offset", "partition"])  # its offsets
    assert sorted(crd) == sorted(known_to_the_codec("spec_codec.cpp", "destination_codec.cpp"))


def test_the_crds_and_the_codec_have_the_same_fields_of_a_connection():
    crds = [*objects(CONNECTION["spec"]), *objects(CLUSTER_CONNECTION["spec"])]
    known = known_to_the_codec("connection_spec_codec.cpp")
    assert {tuple(names) for names in crds} == {tuple(names) for names in known}


def test_the_crd_and_the_codec_have_the_same_destinations():
    codec = (CORE / "destination_codec.cpp").read_text()
    forms = re.search(r"kForms\{(.*?)\}\};", codec, re.S)[1]
    crd = SCHEMA["spec"]["properties"]["to"]["properties"].keys() - {"undoMoved"}
    assert sorted(re.findall(r'\{"(\w+)",', forms)) == sorted(crd)


def test_the_crd_and_the_codec_have_the_same_choices():
    spec = SCHEMA["spec"]["properties"]
    of_a_topic = spec["topics"]["items"]["properties"]["to"]["properties"]
    rule = CLUSTER_CONNECTION["spec"]["properties"]["access"]["items"]["properties"]
    selector = rule["namespaceSelector"]["properties"]
    for enum, schema in {
        "OutOfRange": spec["outOfRange"],
        "TimestampNotFound": spec["timestampNotFound"],
        "MissingCommit": spec["missingCommit"],
        "Isolation": spec["isolation"],
        "WhenActive": spec["whenActive"],
        "Position": spec["to"]["properties"]["position"],
        "ConnectionKind": spec["connectionRef"]["properties"]["kind"],
        "SaslMechanism": CONNECTION["spec"]["properties"]["sasl"]["properties"]["mechanism"],
        "LabelSelector::Operator": selector["matchExpressions"]["items"]["properties"]["operator"],
    }.items():
        assert enumerators(enum) == schema["enum"], enum
    assert of_a_topic["position"]["enum"] == enumerators("Position")


def test_the_crd_and_the_codec_have_the_same_bounds():
    limits = (CORE / "limits.h").read_text()

    def limit(name):
        product = re.search(rf"{name}\s*=\s*([\d' *L]+);", limits)[1]
        return math.prod(int(re.sub(r"\D", "", factor)) for factor in product.split("*"))

    spec = SCHEMA["spec"]["properties"]
    topic = spec["topics"]["items"]["properties"]
    assert spec["topics"]["maxItems"] == limit("kMaxTopics")
    assert topic["partitions"]["maxItems"] == limit("kMaxPartitions")
    assert spec["groupId"]["maxLength"] == limit("kMaxGroupLength")
    for to in (spec["to"]["properties"], topic["to"]["properties"]):
        assert to["offsets"]["maxItems"] == limit("kMaxPartitions")
        assert to["group"]["maxLength"] == limit("kMaxGroupLength")
        assert to["ago"]["maxLength"] == limit("kMaxDurationLength")
    reference = spec["to"]["properties"]["csvFrom"]["properties"]["configMapKeyRef"]["properties"]
    for name in (spec["to"]["properties"]["undo"], reference["name"], reference["key"]):
        assert name["maxLength"] == limit("kMaxNameLength")
    seconds = {
        "kMaxWaitSeconds": spec["waitSeconds"],
        "kMaxTtlSeconds": spec["ttlSecondsAfterFinished"],
        "kMaxSettleSeconds": spec["guards"]["properties"]["settleSeconds"],
    }
    for name, schema in seconds.items():
        (rule,) = schema["x-kubernetes-validations"]
        assert rule["rule"] == f"self >= 0 && self <= {limit(name)}"


def written_by(*files):
    """The names of the fields of a status that the operator writes."""
    code = "".join((CORE / file).read_text() for file in files)
    written = set(re.findall(r'\{"(\w+)", |out\["(\w+)"\]|set_time\("(\w+)"', code))
    return {name for match in written for name in match if name}


def test_the_crds_keep_every_status_field_that_the_codec_writes_and_have_no_other():
    of_a_reset = written_by("status_codec.cpp", "condition_codec.cpp")
    assert of_a_reset == set(property_names(SCHEMA["status"]))
    of_a_connection = written_by("connection_codec.cpp", "condition_codec.cpp")
    of_a_connection -= {"apiVersion", "kind", "metadata", "status"}  # around a status
    of_a_connection |= {"status"}  # of a condition
    for schema in (CONNECTION, CLUSTER_CONNECTION):
        assert of_a_connection == set(property_names(schema["status"]))
