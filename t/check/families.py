# SPDX-License-Identifier: Apache-2.0
"""Lint: docs/status.md describes each metric of auth_oidc_status, and neither
it nor the dashboard names one that does not exist."""

import re

from tree import check

LIST = "src/metrics/counters.def"
TEXT = "src/metrics/status_prometheus.cpp"
PAGE, DASHBOARD = "docs/status.md", "docs/grafana-dashboard.json"

FAMILY = re.compile(r'^(?:WORD_)?FAMILY\(\w+, "(\w+)"', re.M)
OTHER = re.compile(r'\b(?:text\.family|each)\("(\w+)"')
NAMED = re.compile(r"\bauth_oidc_(\w+)(?=[`{\[ ])")
DIRECTIVES = {"status", "methods", "unauthenticated", "require", "login"}
# Of a histogram.
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def families(tree):
    known = set(FAMILY.findall(tree.get(LIST, "")) +
                OTHER.findall(tree.get(TEXT, "")))
    named = {path: set(NAMED.findall(tree.get(path, "")))
             for path in (PAGE, DASHBOARD)}
    for name in known - named[PAGE]:
        yield f"{PAGE}:1: there is no auth_oidc_{name}"
    for path, names in named.items():
        for name in names - DIRECTIVES:
            if SUFFIX.sub("", name) not in known and name not in known:
                yield f"{path}:1: auth_oidc_{name} does not exist"


GOOD = {LIST: '\nFAMILY(requests, "requests_total", "All.", A, "a", B, "b")\n',
        TEXT: 'text.family("age", "gauge", "Age.");\n'
              'text.family("seconds", "histogram", "Time.");\n',
        PAGE: "`auth_oidc_requests_total` `auth_oidc_age` "
              "`auth_oidc_seconds` of `auth_oidc_status`\n",
        DASHBOARD: 'rate(auth_oidc_seconds_bucket{le="1"})\n'}

check(families,
      bad=[{**GOOD, PAGE: GOOD[PAGE].replace("`auth_oidc_age`", "")},
           {**GOOD, LIST: GOOD[LIST] + GOOD[LIST].replace("req", "ext")},
           {**GOOD, DASHBOARD: "rate(auth_oidc_requests[1m])\n"},
           {**GOOD, TEXT: ""}],
      good=[GOOD, {}])
