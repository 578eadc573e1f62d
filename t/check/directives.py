# SPDX-License-Identifier: Apache-2.0
"""Lint: docs/directives.md has a section for each directive that the module
reads and for no other, and an end-to-end test uses each."""

from tables import drift, words
from tree import check

# A setting of a block, and a command of nginx's.
CODE = (r'(?:\{\s*(?:ngx_string\()?|location_command\(\s*)"([a-z_]+)"\)?,\s*'
        r"(?:NGX_\w+|\d+,\s*\w+,\s*&?\w)")


def directives(tree):
    listed = words(CODE, tree, r"src/ngx/.*\.(cpp|hpp|def)")
    yield from drift(tree, listed, "docs/directives.md", r"^#+ `?([a-z_]+)`?$")
    tests = words(r"\b([a-z_]+)\b", tree, r"(t/e2e|conf\.d)/.*")
    if tests:
        for word in sorted(listed.keys() - tests.keys()):
            yield f"{listed[word]}: {word} is in no test below t/e2e"


BLOCK = {"src/ngx/conf/provider.cpp":
         '    {"issuer", 1, 1, set_issuer},\n    {"scope", 1, kMany,\n  f},\n'}
COMMAND = {"src/ngx/module.cpp": '    {ngx_string("auth_oidc"),\n'
                                 "     NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,\n"}
LOCATION = {"src/ngx/conf/directives.cpp":
            'location_command(\n  "auth_oidc_methods", NGX_CONF_1MORE,\n'}
DOCUMENT = "## issuer\n### `scope`\n"

check(directives, bad=[
    BLOCK | {"docs/directives.md": "## issuer\n"},
    BLOCK | {"docs/directives.md": DOCUMENT + "## other\n"},
    COMMAND | {"docs/directives.md": DOCUMENT},
    COMMAND | {"docs/cognito.md": ""},
    LOCATION | {"docs/directives.md": DOCUMENT},
    COMMAND | {"t/e2e/login_test.py": "auth_oidc_methods all;\n"},
], good=[
    BLOCK | {"docs/directives.md": "# Directives\n" + DOCUMENT,
             "t/e2e/a_test.py": "issuer x; scope y;\n"},
    COMMAND,
    {"src/ngx/request/variables.cpp":
     '{ngx_string("oidc_user"), nullptr, get,\n',
     "docs/directives.md": ""},
])
