"""JSON schemas for kubeconform, made from what the API server says of itself."""

import json
from pathlib import Path

_DEFINITIONS = "_definitions.json"


def write_schemas(openapi: dict, folder: Path) -> None:
    """A file for each kind of an OpenAPI v2 document; a field that is not in it is an error."""
    definitions = {name: _strict(schema) for name, schema in openapi["definitions"].items()}
    (folder / _DEFINITIONS).write_text(json.dumps({"definitions": definitions}))
    for name, schema in definitions.items():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            reference = {"$ref": f"{_DEFINITIONS}#/definitions/{name}"}
            (folder / _file_name(kind)).write_text(json.dumps(reference))


def _file_name(kind: dict) -> str:
    """The name that kubeconform asks for by {{.ResourceKind}}{{.KindSuffix}}."""
    words = [kind["kind"], kind["group"].split(".")[0], kind["version"]]
    return "-".join(word for word in words if word).lower() + ".json"


def _strict(schema: object) -> object:
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(value) for name, value in schema.items()}
    if isinstance(strict.get("$ref"), str):
        strict["$ref"] = strict["$ref"].replace("#/", f"{_DEFINITIONS}#/", 1)
    if strict.get("format") == "int-or-string":
        del strict["type"], strict["format"]
        strict["oneOf"] = [{"type": "string"}, {"type": "integer"}]
    is_object = strict.get("type") == "object" and isinstance(strict.get("properties"), dict)
    if is_object and not strict.get("x-kubernetes-preserve-unknown-fields"):
        strict.setdefault("additionalProperties", False)
    return strict
