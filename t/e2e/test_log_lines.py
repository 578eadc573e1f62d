# SPDX-License-Identifier: Apache-2.0
"""Text of clients and of the provider in the error log."""

import json
import re

import pytest

from sites import SITE
from visitor import bearer, query_of, send

ODD = "x\r\n2026/01/01 00:00:00 [info] 1#1: forged\x1b[31m\x00\x7f\x85"
ESCAPED = "x%0D%0A2026/01/01%20[info]%20forged%1B[31m%00%7F%85"
LINE = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]+\] \d+#\d+: [ -~]*")


def shown_as_token(site, pool, visitor):
    for spoilt in ({"header": {"kid": ODD}}, {"header": {"alg": ODD}},
                   {"claims": {"iss": ODD}}, {"claims": {"client_id": ODD}}):
        assert send("GET", site.url("/"),
                    bearer(pool.issue(**spoilt))).status == 401


def sent_to_the_callback(site, pool, visitor):
    url = visitor.callback_for(site.url("/"))
    state = query_of(url)["state"]
    for query in (f"state={ESCAPED}&code=x",
                  f"state={state}&code=x&iss={ESCAPED}",
                  f"state={state}&error={ESCAPED}&"
                  f"error_description={ESCAPED}"):
        answer = visitor.get(site.url(f"/oidc_callback?{query}"))
        assert answer.status == 400


def said_by_the_provider(site, pool, visitor):
    pool.faults(token={
        "mode": "status", "status": 400,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"error": ODD, "error_description": ODD})})
    assert visitor.open(site.url("/")).status == 400


@pytest.mark.parametrize("story", [shown_as_token, sent_to_the_callback,
                                   said_by_the_provider])
def test_text_of_others_is_one_printable_line(gateway, pool, visitor, story):
    """AC-018, AC-327."""
    site = gateway(SITE)
    story(site, pool, visitor)
    assert site.stop() == []
    site.process = None
    lines = (site.dir / "info.log").read_bytes().decode("latin-1").split("\n")
    assert [line for line in lines if "auth_oidc: " in line]
    assert [line for line in lines if line and not LINE.fullmatch(line)] == []
