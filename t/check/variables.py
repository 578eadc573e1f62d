# SPDX-License-Identifier: Apache-2.0
"""Lint: docs/variables.md explains each variable of the module, and no
other; each stands in code quotes at the head of a row or section."""

from tables import drift, words
from tree import check


def variables(tree):
    listed = words(r'"(oidc_[a-z_]+)"', tree,
                   r"src/ngx/request/variables?\.cpp")
    yield from drift(tree, listed, "docs/variables.md",
                     r"^(?:#+|\||-) *`\$(oidc_[a-z_]+)")


check(variables, bad=[
    {"src/ngx/request/variables.cpp": '{ngx_string("oidc_user"), nullptr,\n',
     "docs/variables.md": "| `$oidc_usr` | who |\n"},
    {"src/ngx/request/variables.cpp": '{"oidc_user"}', "docs/a.md": ""},
], good=[
    {"src/ngx/request/variables.cpp": '{"oidc_user"}, {"oidc_claim_"}',
     "docs/variables.md": "| `$oidc_user` | who |\n"
                          "## `$oidc_claim_<name>`\n"},
])
