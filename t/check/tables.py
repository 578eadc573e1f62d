# SPDX-License-Identifier: Apache-2.0
"""What the drift lints share: a fact listed in the code and told in a
document, where neither may know more than the other."""

import re


def words(pattern, tree, paths):
    """Each word that `pattern` finds in the files `paths` matches, with the
    place of its first appearance."""
    found = {}
    for path in sorted(tree):
        if not re.fullmatch(paths, path):
            continue
        for match in re.finditer(pattern, tree[path], re.M):
            line = tree[path].count("\n", 0, match.start(1)) + 1
            found.setdefault(match[1], f"{path}:{line}")
    return found


def drift(tree, listed, document, pattern):
    """What is listed and not documented, and the reverse. Before there is
    any document nothing is asked; after that a missing one is a finding."""
    if not any(path.startswith("docs/") for path in tree):
        return
    if document not in tree:
        yield f"{document}:1: does not exist"
        return
    told = words(pattern, tree, re.escape(document))
    for word in sorted(listed.keys() - told.keys()):
        yield f"{listed[word]}: {word} is not in {document}"
    for word in sorted(told.keys() - listed.keys()):
        yield f"{told[word]}: {word} does not exist"
