# SPDX-License-Identifier: Apache-2.0
"""Nested claims as variables: auth_oidc_claim_set."""

import pytest

from sites import SITE
from visitor import bearer, send

CLAIMS = {"address": {"country": "NZ", "zip": 6011, "open": True,
                      "evil": "a\r\nX-Admin: 1"},
          "realm_access": {"roles": ["admin", "audit"]},
          "a.b": {"c d": "dotted"}, "sub": "jane-1"}
SETS = """
    auth_oidc_claim_set $country address country;
    auth_oidc_claim_set $zip address zip;
    auth_oidc_claim_set $open address open;
    auth_oidc_claim_set $roles realm_access roles;
    auth_oidc_claim_set $address address;
    auth_oidc_claim_set $dotted a.b "c d";
    auth_oidc_claim_set $Subject sub;
    auth_oidc_claim_set $evil address evil;
    auth_oidc_claim_set $beyond address country name;
    auth_oidc_claim_set $absent nobody knows;
"""
NAMES = ("country", "zip", "open", "roles", "address", "dotted", "subject",
         "evil", "beyond", "absent")
RULE = "".join(f"auth_oidc_set_header X-{name} ${name};" for name in NAMES)


def test_nested_claims_are_read_into_variables(gateway, pool):
    site = gateway(SETS + SITE, RULE=RULE)
    answer = send("GET", site.url("/"),
                  bearer(pool.issue("access", claims=CLAIMS)))
    assert answer.status == 200, answer
    found = {name: answer.sent(f"X-{name}") for name in NAMES}
    address = found.pop("address")
    assert '"zip":6011' in address[0] or '"evil"' in address[0]
    assert found == {
        "country": ["NZ"], "zip": ["6011"], "open": ["true"],
        "roles": ["admin,audit"], "dotted": ["dotted"],
        "subject": ["jane-1"], "evil": [], "beyond": [], "absent": []}


def test_nested_claims_of_a_session_are_read_into_variables(
        gateway, pool, visitor):
    site = gateway(SETS + SITE, RULE="auth_oidc_require $country;" + RULE)
    assert visitor.open(site.url("/")).status == 403
    visitor.jar.clear()
    pool.tamper(id={"claims": CLAIMS})
    answer = visitor.open(site.url("/"))
    assert answer.sent("X-Country") == ["NZ"]


def test_claim_variable_is_empty_before_the_access_phase(gateway, pool):
    """And that does not stick; nor does the location without a login."""
    site = gateway(SETS + SITE, RULE=RULE + "set $early $country;"
                   "auth_oidc_set_header X-Early $early;")
    token = bearer(pool.issue("access", claims=CLAIMS))
    answer = send("GET", site.url("/"), token)
    assert (answer.sent("X-Early"), answer.sent("X-Country")) == ([], ["NZ"])


WRONG = [
    ("auth_oidc_claim_set country address;", '"country" is no variable'),
    ("auth_oidc_claim_set $ address;", '"$" is no variable'),
    ("auth_oidc_claim_set $a-b address;", '"$a-b" is no variable'),
    ("auth_oidc_claim_set $oidc_user sub;", "are the module's own"),
    ("auth_oidc_claim_set $OIDC_claim_sub sub;", "are the module's own"),
    ("auth_oidc_claim_set $host sub;", 'the duplicate "host" variable'),
    ("auth_oidc_claim_set $args sub;", "another directive or nginx itself"),
    ("auth_oidc_claim_set $x sub; auth_oidc_claim_set $x iss;",
     'the duplicate "x" variable'),
    ("map $host $x { default 1; } auth_oidc_claim_set $x iss;",
     "another directive or nginx itself"),
    ("auth_oidc_claim_set $x;", "invalid number of arguments"),
]


@pytest.mark.parametrize("text, complaint", WRONG)
def test_claim_set_of_an_unsuitable_variable_fails_nginx_t(
        gateways, text, complaint):
    site = gateways(MORE="", RULE="")
    site.write(text + SITE, "worker_processes 1;")
    status, said = site.test()
    assert status == 1 and complaint in said
    site.expect(*[r"\[emerg\]"])
