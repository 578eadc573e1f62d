# SPDX-License-Identifier: Apache-2.0
"""Lint: the structure of src/. A folder has at most 20 source files; neither
headers nor folders include each other in a circle, or against layers.py; a
source has a header of its name; functions are short; and no function is
only another name for one call of it. Prints the figures as well."""

import re
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

from layers import INCLUDE, TOP, layers
from sizes import FUNCTION, functions
from tree import check, checkout, lines

FILES, NINETIETH = 20, 25

SOURCE = re.compile(r"src/.*\.(cpp|hpp|def)")

# Sources that share a header, and the one that nginx knows by its symbol.
SHARED = {
    "src/crypto/pkey_verify.cpp": "src/crypto/pkey.hpp",
    "src/metrics/status_json.cpp": "src/metrics/status.hpp",
    "src/metrics/status_prometheus.cpp": "src/metrics/status.hpp",
    "src/ngx/conf/directives.cpp": "src/ngx/conf/conf.hpp",
    "src/ngx/conf/postconfiguration.cpp": "src/ngx/conf/conf.hpp",
    "src/ngx/conf/provider_block.cpp": "src/ngx/conf/conf.hpp",
    "src/ngx/conf/session_store_block.cpp": "src/ngx/conf/conf.hpp",
    TOP: "src/ngx/ngx.hpp",
}
# Implementations of one interface, which a list names.
STORE = re.compile(r"src/oidc/session/\w+_store\.cpp")


def shared_header(path):
    return ("src/oidc/session/store.hpp" if STORE.fullmatch(path)
            else SHARED.get(path))


def sources(tree):
    return {path: text for path, text in tree.items()
            if SOURCE.fullmatch(path)}


def folder(path):
    return path.rpartition("/")[0]


def files_of(tree):
    """The source files of each folder; a header and its source are one."""
    found = defaultdict(set)
    for path in sources(tree):
        if not path.endswith(".def"):
            found[folder(path)].add(path.rpartition(".")[0])
    return found


def crowded(tree):
    for place, files in files_of(tree).items():
        if len(files) > FILES:
            yield f"{place}:1: {len(files)} source files"


def headless(tree):
    for path in sources(tree):
        own = re.sub(r"\.cpp$", ".hpp", path)
        if own not in tree and shared_header(path) not in tree:
            yield f"{path}:1: has no header {own}"
        if own in tree and shared_header(path):
            yield f"{path}:1: has a header of its own, and " \
                f"{shared_header(path)}"


def includes(tree):
    """Who includes whom, as paths."""
    for path, text in sources(tree).items():
        for _, line in lines(text):
            if (found := INCLUDE.match(line)) and found[1] == '"':
                yield path, f"src/{found[2]}"


def headers(tree):
    """The headers that each header includes."""
    found = defaultdict(set)
    for path, target in includes(tree):
        if not path.endswith(".cpp"):
            found[path].add(target)
    return found


def folders(tree):
    """The folders that each folder includes; TOP stands above them all."""
    found = defaultdict(set)
    for path, target in includes(tree):
        if path != TOP and folder(path) != folder(target):
            found[folder(path)].add(folder(target))
    return found


def circles(tree):
    for arrows in (headers(tree), folders(tree)):
        try:
            TopologicalSorter(arrows).prepare()
        except CycleError as error:
            circle = error.args[1][::-1]
            yield f"{circle[0]}:1: includes itself: " + " -> ".join(circle)


def lengths(tree):
    """The lengths of all functions, the shortest first."""
    return sorted(last - first + 1 for path, text in sources(tree).items()
                  for first, last in functions(path, text))


def part(ordered, tenths):
    """The least value that so many tenths of the values do not exceed."""
    return ordered[-(-len(ordered) * tenths // 10) - 1]


def long(tree):
    if ordered := lengths(tree):
        if (most := part(ordered, 9)) > NINETIETH:
            yield f"src:1: the ninetieth percentile is {most} lines"
        if ordered[-1] > FUNCTION:
            yield f"src:1: a function has {ordered[-1]} lines"


UNNAMED = re.compile(r"^namespace \{$.*?^\}  // namespace$", re.M | re.S)


def hidden(text):
    """The functions of one line that no other file sees: the head and the
    body. Those of classes are not at the start of a line."""
    rows = text.splitlines()
    spans = [(text.count("\n", 0, found.start()), text.count(
        "\n", 0, found.end())) for found in UNNAMED.finditer(text)]
    for first, last in functions("a.cpp", text):
        head = " ".join(rows[first - 1:last - 2])
        if rows[last - 1] == "}" and re.search(r"\w\(.*\{$", head) and (
                head.startswith("static ") or
                any(above < first < below for above, below in spans)):
            yield first, head, rows[last - 2].strip()


def call(head):
    """The name of a function, and a call of it whose arguments are named as
    its parameters are."""
    found = re.search(r"(\w+)\((.*)\)", head)
    parameters = re.sub(r"<[^<>]*>", "", found[2]).split(",")
    names = (re.findall(r"\w+", one)[-1:] for one in parameters)
    return found[1], f"{found[1]}({', '.join(sum(names, []))})"


def idle(tree):
    """Helpers with one caller whose body is no longer than the call: without
    them the caller is as short, and says what is done. A longer body may have
    a name for its own sake."""
    for path, text in sources(tree).items():
        code = re.sub(r"(?<!:)//.*", "", text)
        for first, head, body in hidden(text):
            name, said = call(head)
            uses = re.findall(rf"\b{name}\b(\(?)", code)
            body = body.removeprefix("return ").rstrip(";")
            if uses == ["(", "("] and len(body) <= len(said):
                yield f"{path}:{first}: {said} says no more than {body}"


def structure(tree):
    for rule in (crowded, headless, circles, layers, long, idle):
        yield from rule(tree)


def figures(tree):
    """The figures that the rules are about, a line each."""
    ways = folders(tree)
    for place, files in sorted(files_of(tree).items()):
        length = sum(text.count("\n") for path, text in sources(tree).items()
                     if folder(path) == place)
        yield f"{place:20} {len(files):3} files {length:6} lines, includes " \
            f"{len(ways[place])} folders"
    largest = max(map(len, files_of(tree).values()))
    circle = "a circle" if any(circles(tree)) else "no circle"
    against = len(list(layers(tree)))
    ordered = lengths(tree)
    yield f"{len(files_of(tree))} folders, {sum(map(len, ways.values()))} " \
        f"includes between them: {circle}, {against} against the plan"
    yield f"{largest} source files in the largest folder, {FILES} allowed"
    yield f"{len(ordered)} functions: {part(ordered, 5)} lines at the " \
        f"median, {part(ordered, 9)} at the ninetieth percentile " \
        f"({NINETIETH} allowed), {ordered[-1]} at most ({FUNCTION} allowed)"
    yield f"{len(list(idle(tree)))} helpers with one caller that say no more " \
        "than their bodies"


def files(count, where="src/base"):
    return {f"{where}/f{n}.{kind}": "" for n in range(count)
            for kind in ("hpp", "cpp")}


def function(length):
    return "void f() {\n" + "    x();\n" * (length - 2) + "}\n"


def header(*included):
    return "".join(f'#include "{one}"\n' for one in included)


TWICE = "namespace {\n\nint twice(int n) {\n    return n + n;\n}\n\n" \
    "}  // namespace\n"

if __name__ == "__main__":
    print("\n".join(figures(checkout())))
    check(structure, bad=[
        files(21),
        {"src/base/url.cpp": ""},
        {"src/oidc/session/memory_store.cpp": ""},
        {**files(1), "src/ngx/conf/f0.hpp": "", "src/ngx/module.cpp": ""},
        {"src/metrics/status.hpp": "", "src/metrics/status_json.hpp": "",
         "src/metrics/status_json.cpp": ""},
        {"src/base/a.hpp": header("base/b.def"),
         "src/base/b.def": header("base/c.hpp"),
         "src/base/c.hpp": header("base/a.hpp")},
        {"src/base/a.hpp": header("crypto/a.hpp"), "src/crypto/a.hpp": "",
         "src/crypto/b.hpp": header("base/b.hpp"), "src/base/b.hpp": ""},
        {"src/base/a.hpp": header("crypto/a.hpp"), "src/crypto/a.hpp": ""},
        {"src/base/a.hpp": function(9) * 8 + function(26) * 2},
        {"src/base/a.hpp": function(9) * 99 + function(61)},
        {"src/base/a.hpp": "", "src/base/a.cpp":
         TWICE + "int f() {\n    return twice(2);\n}\n"},
        {"src/base/a.hpp": "", "src/base/a.cpp":
         "static int g() {\n    return 7;\n}\nint x = g();\n"},
    ], good=[
        {**files(20), "src/base/errors.def": ""},
        {"src/base/a.hpp": function(25) * 18 + function(26),
         "src/base/a.cpp": header("base/a.hpp", "base/b.hpp") + function(60),
         "src/base/b.hpp": header("base/a.hpp")},
        {"src/ngx/ngx.hpp": "", "src/ngx/module.cpp":
         header("ngx/conf/conf.hpp"), "src/ngx/conf/conf.hpp":
         header("ngx/ngx.hpp"), "src/ngx/conf/directives.cpp": ""},
        {"src/base/a.hpp": "", "src/base/a.cpp":
         TWICE + "int f() {\n    return twice(2) + twice(3);\n}\n"},
        {"src/base/a.hpp": "", "src/base/a.cpp":
         TWICE.replace("n + n", "n * std::numbers::pi") +
         "int f() {\n    return twice(2);\n}\n"},
        {"src/oidc/session/store.hpp": "",
         "src/oidc/session/memory_store.cpp": ""},
        {"t/unit/a.cpp": "", "bench/micro/a.cpp": ""},
    ])
