"""Every reason is reached by a test, and the run tells by which."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tree import TREE, tracked
from vocabulary import reasons

CPP_TEST = re.compile(r'^TEST_CASE\("(.*?)"(.*?)(?=^TEST_CASE|\Z)', re.DOTALL | re.MULTILINE)
# What is expected, and not the answer of a world that is made up.
CPP_EXPECTS = re.compile(r"(?<!fail\()(?<!fail\(core::)\bReason::(\w+)")
NAMED = 3  # tests of each reason


def _expectations() -> Iterator[tuple[str, set[str]]]:
    """Tests, and what they expect. First those against a real Kafka and API server."""
    for path in tracked("tests/e2e/test_*.py"):
        yield from _in_python(path)
    for path in tracked("tests/*_test.cpp"):
        for name, body in CPP_TEST.findall(path.read_text()):
            yield f"{path.relative_to(TREE / 'tests')}: {name}", set(CPP_EXPECTS.findall(body))


def _in_python(path: Path) -> Iterator[tuple[str, set[str]]]:
    """The texts in each test and in the tables and functions of its module that it uses."""
    parts = {name: part for part in ast.parse(path.read_text()).body for name in _names_of(part)}
    for name in parts:
        if name.startswith("test_"):
            nodes = [node for used in _used_by(name, parts) for node in ast.walk(parts[used])]
            texts = {n.value for n in nodes if isinstance(n, ast.Constant)}
            yield f"{path.relative_to(TREE / 'tests')}: {name}", texts


def _names_of(part: ast.stmt) -> list[str]:
    if isinstance(part, ast.FunctionDef):
        return [part.name]
    targets = part.targets if isinstance(part, ast.Assign) else [getattr(part, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _used_by(name: str, parts: dict[str, ast.stmt]) -> set[str]:
    found: set[str] = set()
    left = {name}
    while left:
        found |= left
        nodes = [node for part in left for node in ast.walk(parts[part])]
        left = {n.id for n in nodes if isinstance(n, ast.Name)} & parts.keys() - found
    return found


def test_every_reason_is_expected_by_a_test(capsys: pytest.CaptureFixture) -> None:
    tests: dict[str, list[str]] = {reason: [] for reason in reasons()}
    for test, expected in _expectations():
        for reason in expected & tests.keys():
            tests[reason].append(test)
    with capsys.disabled():
        print("\n\nReason -> tests that expect it")
        for reason, found in tests.items():
            more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
            print(f"  {reason}\n    " + "\n    ".join(found[:NAMED]) + more)
    assert not [reason for reason, found in tests.items() if not found]
