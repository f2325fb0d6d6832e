"""The chart's README.md, made from the comments in values.yaml.

To write it anew:  python tests/lint/chart_readme.py
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

CHART = Path(__file__).resolve().parents[2] / "charts" / "offset-reset-operator"
README = CHART / "README.md"
_BEGIN = "<!-- What follows is made from values.yaml by tests/lint/chart_readme.py -->\n"


def value_of(values: object, path: str) -> object:
    for name in path.split("."):
        values = values[name]
    return values


def comments(text: str) -> Iterator[tuple[str, str]]:
    """Each value that has a comment above it, as ("image.tag", "Which version; ...")."""
    parents: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in text.splitlines():
        if found := re.match(r" *# ?(.*)", line):
            comment.append(found[1])
            continue
        if found := re.match(r"( *)(\w+):", line):
            indent = len(found[1])
            parents = [p for p in parents if p[0] < indent] + [(indent, found[2])]
            if comment:
                yield ".".join(name for _, name in parents), " ".join(comment)
        comment = []


def leaves(values: dict, commented: set[str], prefix: str = "") -> Iterator[str]:
    """The values that need a comment: those below one that has a comment need none."""
    for name, value in values.items():
        path = f"{prefix}{name}"
        if path not in commented and isinstance(value, dict) and value:
            yield from leaves(value, commented, f"{path}.")
        else:
            yield path


def table() -> str:
    text = (CHART / "values.yaml").read_text()
    values = yaml.safe_load(text)
    rows = ["| value | default | |", "|---|---|---|"]
    for path, comment in comments(text):
        default = json.dumps(value_of(values, path))
        rows.append(f"| `{path}` | `{default}` | {comment.replace('|', chr(92) + '|')} |")
    return "\n".join(rows) + "\n"


def readme() -> str:
    """What README.md should be: its own beginning, and the table of now."""
    beginning, found, _ = README.read_text().partition(_BEGIN)
    assert found, f"{README} has no line {_BEGIN}"
    return f"{beginning}{_BEGIN}\n{table()}"


if __name__ == "__main__":
    README.write_text(readme())
