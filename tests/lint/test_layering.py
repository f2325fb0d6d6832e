"""The dependency rule of operator/README.md."""

import re

from tree import TREE, includes, tracked

OPERATOR = TREE / "operator"
MAY_INCLUDE = {
    "core": {"core"},
    "base": {"base"},
    "kafka": {"kafka", "core", "base"},
    "kube": {"kube", "core", "base"},
    "controller": {"controller", "core", "base"},
}
# What only these folders may know; the files directly in operator/ wire everything and may.
OWNED = {
    "librdkafka/": {"kafka"},
    "curl/": {"kafka"},
    "httplib.h": {"kube"},
    "yaml-cpp/": {"kube"},
    "openssl/": {"kafka", "kube"},
    "spdlog/": {"base"},
}
CLOCK = re.compile(r"\b(system|steady|high_resolution)_clock::now|\btime\(|gettimeofday")


def sources():
    found = tracked("operator/*.h", "operator/*.cpp")
    assert len(found) > 50, "the sources were not found"
    return found


def folder(source):
    parts = source.relative_to(OPERATOR).parts
    return parts[0] if len(parts) > 1 else "main"


def test_no_folder_includes_sideways():
    wrong = []
    for source in sources():
        for included in includes(source):
            target = included.split("/")[0]
            if target in MAY_INCLUDE and target not in MAY_INCLUDE.get(folder(source), MAY_INCLUDE):
                wrong.append(f"{source.relative_to(TREE)} includes {included}")
    assert not wrong, "\n".join(wrong)


def test_a_foreign_library_is_known_only_where_it_belongs():
    wrong = []
    for source in sources():
        for included in includes(source):
            for library, owners in OWNED.items():
                if included.startswith(library) and folder(source) not in owners | {"main"}:
                    wrong.append(f"{source.relative_to(TREE)} includes {included}")
    assert not wrong, "\n".join(wrong)


def test_core_reads_no_clock():
    wrong = [s.name for s in sources() if folder(s) == "core" and CLOCK.search(s.read_text())]
    assert not wrong, f"time is given to core, not read there: {wrong}"
