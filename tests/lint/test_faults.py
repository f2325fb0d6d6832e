"""Every fault of the fault model is injected somewhere, and so in one of the two tables."""

import ast
import re

from tree import TREE

FAULTS = {f"F{number}" for number in range(1, 20)}


def _of_servers() -> set[str]:
    module = ast.parse((TREE / "tests/e2e/support/faults.py").read_text())
    (table,) = [
        node.value
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FAULTS"
    ]
    return set(ast.literal_eval(table))


def _of_the_fake_server() -> set[str]:
    source = (TREE / "tests/integration/faults_table_test.cpp").read_text()
    (table,) = re.findall(r"kFaults\{(.*?)\}", source, re.DOTALL)
    return set(re.findall(r'"(F\d+)"', table))


def test_each_fault_has_a_place_in_a_table() -> None:
    assert _of_servers() | _of_the_fake_server() == FAULTS
