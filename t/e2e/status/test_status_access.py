# SPDX-License-Identifier: Apache-2.0
"""Who may read auth_oidc_status, and what it says to a load balancer."""

import pytest

from gateway import eventually
from test_status import SITE
from visitor import basic, send

# What stands in the location, and what is answered to a stranger here.
GUARDS = {
    "": 403, "satisfy any;": 403, "auth_basic off;": 403,
    "auth_oidc_unauthenticated pass; auth_oidc p;": 403,
    "allow all;": 200, "allow 127.0.0.1; deny all;": 200,
    "allow ::1; allow 127.0.0.1;": 200,
    "deny all;": 403, "allow 10.0.0.1; deny all;": 403,
    "auth_oidc p;": 401,
    "auth_basic x; auth_basic_user_file @DIR@/users;": 401,
    "auth_request /yes;": 200, "auth_request /no;": 403,
}


@pytest.mark.parametrize("guard", GUARDS)
def test_status_is_only_for_those_whom_a_rule_lets_in(gateway, guard):
    site = gateway("""
        oidc_provider p { issuer http://127.0.0.1:9/; client_id c;
                          jwks_uri http://127.0.0.1:9/keys; }
        server {
            listen 127.0.0.1:@PORT@;
            location = /status { @GUARD@ auth_oidc_status; }
            location /yes { return 204; }
            location /no { return 403; }
        }""", GUARD=guard)
    (site.dir / "users").write_text("jane:{PLAIN}secret\n")
    site.may_say = "fetching the keys|access forbidden|no user/password"
    answer = send("GET", site.url("/status"))
    assert answer.status == GUARDS[guard], answer
    says_why = "auth_oidc_status: nothing says who may read it" in site.log()
    open_to_all = "deny" not in guard and "/no" not in guard
    assert says_why == (answer.status == 403 and open_to_all)
    if "auth_basic x" in guard:
        answer = send("GET", site.url("/status"), basic("jane", "secret"))
        assert answer.status == 200


def test_status_for_users_is_for_users(gateway, visitor):
    site = gateway("""
        oidc_provider cognito { @PROVIDER@ }
        server {
            listen 127.0.0.1:@PORT@;
            auth_oidc cognito;
            location = /status { auth_oidc_status; }
        }""")
    assert send("GET", site.url("/status")).status == 401
    answer = visitor.open(site.url("/status"))
    assert answer.status == 200 and "providers" in answer.json


# --- readiness ----------------------------------------------------------------

def test_ready_is_503_until_metadata_and_keys_are_there(gateway, pool):
    pool.faults(jwks={"mode": "status", "status": 500})
    site = gateway(SITE)
    site.may_say = "fetching the keys"
    answer = send("GET", site.url("/status?ready"))
    assert (answer.status, answer.json) == (503, {"waiting": ["cognito"]})
    assert int(answer.headers["Retry-After"]) >= 1
    pool.faults(jwks=None)
    answer = eventually(lambda: (
        a := send("GET", site.url("/status?ready"))).status == 200 and a)
    assert answer.json == {"waiting": []}


def test_ready_without_a_provider_is_200(gateway):
    site = gateway("""server { listen 127.0.0.1:@PORT@;
                               location / { auth_oidc_status; allow all; } }""")
    assert send("GET", site.url("/?ready")).status == 200
