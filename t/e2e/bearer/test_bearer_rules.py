# SPDX-License-Identifier: Apache-2.0
"""What a location asks of a good token: scope, group, claim, audience,
client; and what a provider's configuration changes."""

import pytest

from visitor import bearer, send

RULES = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        auth_oidc cognito;
        auth_oidc_methods bearer;
        location / { @RULE@ proxy_pass http://@UPSTREAM@; }
    }
"""


@pytest.fixture
def ask(gateway, pool, upstream):
    """Status and reason for a token under a rule."""
    def ask(rule, more="", kind="m2m", **token):
        site = gateway(RULES, RULE=rule, MORE=more)
        answer = send("GET", site.url("/"),
                      bearer(pool.issue(kind, **token)))
        assert bool(upstream.requests) == (answer.status == 200)
        return answer
    return ask


SCOPES = "kongresource/scope1 kongresource/scope2"

SCOPE_RULES = [
    ("kongresource/scope1", "kongresource/scope1", 200),
    ("kongresource/scope1", SCOPES, 200),
    ("kongresource/scope1", "kongresource/scope2", 403),
    ("kongresource/scope1", "kongresource/scope11", 403),
    ("kongresource/scope1", "kongresource/scope1,", 403),
    ("kongresource/scope1", "KONGRESOURCE/SCOPE1", 403),
    ("kongresource/scope1 kongresource/scope2", "kongresource/scope1", 200),
    ("'kongresource/scope1 kongresource/scope2'", SCOPES, 200),
    ("'kongresource/scope1 kongresource/scope2'", "kongresource/scope1", 403),
    ("other kongresource/scope1", "kongresource/scope1", 200),
    ("kongresource/scope1; auth_oidc_require_scope kongresource/scope2",
     SCOPES, 200),
    ("kongresource/scope1; auth_oidc_require_scope kongresource/scope2",
     "kongresource/scope1", 403),
]


@pytest.mark.parametrize("rule, scope, status", SCOPE_RULES)
def test_scope_rule_admits_a_token_with_the_scopes_alone(
        ask, rule, scope, status):
    """AC-301: alternatives; blanks inside mean all; whole words; several
    directives must all hold."""
    assert ask(f"auth_oidc_require_scope {rule};",
               scope=scope).status == status


def test_insufficient_scope_challenge_names_the_scopes(ask):
    """AC-263, AC-307, RFC 6750 3.1."""
    answer = ask("auth_oidc_require_scope kongresource/scope1;",
                 scope="kongresource/scope2")
    assert answer.status == 403
    assert answer.reason == "scope_missing"
    assert 'error="insufficient_scope"' in answer.challenge
    assert answer.challenge.endswith('scope="kongresource/scope1"')
    assert answer.json == {"error": "insufficient_scope",
                           "message": "Forbidden"}


@pytest.mark.parametrize("claim", [{"scope": None}, {"scope": 7},
                                   {"scope": {"kongresource/scope1": 1}}],
                         ids=str)
def test_malformed_scope_claim_is_403(ask, claim):
    """AC-103, AC-301."""
    answer = ask("auth_oidc_require_scope kongresource/scope1;",
                 claims=claim)
    assert answer.status == 403


GROUP_RULES = [
    ("admins", ["admins"], 200),
    ("admins", ["users", "admins"], 200),
    ("admins", "admins", 200),
    ("admins", None, 403),
    ("admins", [], 403),
    ("admins", ["administrators"], 403),
    ("admins", ["ADMINS"], 403),
    ("admins", ["admins "], 403),
    ("admins", ["x,admins"], 403),
    ("admins", "admins,users", 403),
    ("admins", {"admins": 1}, 403),
    ("admins", [["admins"]], 403),
    ("users admins", ["admins"], 200),
    ("'users admins'", ["admins"], 403),
    ("'users admins'", ["admins", "users"], 200),
]


@pytest.mark.parametrize("rule, groups, status", GROUP_RULES, ids=str)
def test_group_rule_admits_members_alone(ask, rule, groups, status):
    """AC-101, AC-102, AC-402."""
    answer = ask(f"auth_oidc_require_group {rule};", kind="access",
                 claims={"cognito:groups": groups})
    assert answer.status == status
    assert answer.reason == ("" if status == 200 else "group_missing")


CLAIM_RULES = [
    ("client_id @CLIENT_ID@", {}, 200),
    ("client_id other", {}, 403),
    ("version 2", {}, 200),
    ("cognito:groups a", {"cognito:groups": ["b", "a"]}, 200),
    ("https://x/roles a", {"https://x/roles": "a"}, 200),
    ("realm_access.roles a", {"realm_access": {"roles": ["a"]}}, 200),
    ("realm_access.roles a", {"realm_access": "a"}, 403),
    ("realm_access.roles a", {}, 403),
    ("'\"a.b\".\"c\"' d", {"a.b": {"c": "d"}}, 200),
    ("__proto__ a", {}, 403),
    ("tenant blue red", {"tenant": "red"}, 200),
    ("tenant blue red", {"tenant": "redder"}, 403),
    ("ok true", {"ok": True}, 200),
]


@pytest.mark.parametrize("rule, claims, status", CLAIM_RULES, ids=str)
def test_claim_rule_admits_matching_claims_alone(ask, rule, claims, status):
    """AC-103, AC-104."""
    answer = ask(f"auth_oidc_require_claim {rule};", claims=claims)
    assert answer.status == status
    assert answer.reason == ("" if status == 200 else "claim_mismatch")


@pytest.mark.parametrize("value, status", [
    ("$oidc_claim_tenant", 200), ("$oidc_claim_none", 403),
    ("$oidc_claim_zero", 403), ("$oidc_claim_tenant $oidc_claim_none", 403),
    ("$oidc_claim_none error=404", 404)])
def test_require_rule_admits_nonempty_values_alone(ask, value, status):
    """AC-103."""
    answer = ask(f"auth_oidc_require {value};",
                 claims={"tenant": "blue", "zero": "0"})
    assert answer.status == status


# --- whose token -----------------------------------------------------------

def test_token_bound_to_another_resource_is_401(ask):
    """A Cognito token has an aud when it was bound to a resource."""
    answer = ask("", kind="access", resource="https://api.example")
    assert (answer.status, answer.reason) == (401, "aud_mismatch")


def test_token_with_the_audience_of_the_provider_is_accepted(ask):
    assert ask("", more="audience https://api.example;", kind="access",
               resource="https://api.example").status == 200


def test_token_with_the_audience_of_the_location_is_accepted(ask):
    assert ask("auth_oidc_audience https://other https://api.example;",
               kind="access", resource="https://api.example").status == 200


def test_token_without_the_audience_of_the_location_is_403(ask):
    """A rule of the place, so no new token would help."""
    answer = ask("auth_oidc_audience https://other;", kind="access",
                 resource="https://api.example")
    assert (answer.status, answer.reason) == (403, "audience_not_met")


@pytest.mark.parametrize("allowed, status", [
    ("", 401), ("allowed_clients any;", 200),
    ("allowed_clients one two;", 401),
    ("allowed_clients one 73o8h99at7jtnevvn4b60uslb0;", 200)])
def test_token_of_another_client_is_accepted_if_allowed(
        ask, pool, allowed, status):
    """AC-400."""
    answer = ask("", more=allowed, client_id=pool.client("machine")["id"])
    assert answer.status == status


@pytest.mark.parametrize("allowed, status", [
    ("allowed_clients any;", 200), ("", 401),
    ("allowed_clients https://app.example.org/client.json;", 401)])
def test_token_of_a_client_that_anybody_registered_is_refused(
        ask, allowed, status):
    """The rule by scope alone does not keep it out."""
    answer = ask("auth_oidc_require_scope read;", more=allowed,
                 claims={"client_id": "https://mallory.example/client.json",
                         "scope": "read"})
    assert answer.status == status


def test_token_of_a_listed_client_whose_id_is_a_url_is_accepted(ask):
    url = "https://app.example.org/client.json"
    assert ask("auth_oidc_require_scope read;", more=f"allowed_clients {url};",
               claims={"client_id": url, "scope": "read"}).status == 200


def test_token_of_an_issuer_alias_is_accepted(gateway, pool):
    """Cognito has two forms of issuer."""
    pool.settings(issuer="updated")
    site = gateway(RULES, RULE="",
                   MORE=f"issuer_alias {pool.control('GET', '/')['issuer']};")
    answer = send("GET", site.url("/"), bearer(pool.issue()))
    assert answer.status == 200


def test_token_of_another_issuer_without_an_alias_is_refused(ask, pool):
    pool.settings(issuer="updated")
    assert ask("").reason == "iss_mismatch"


# --- the same token in two places --------------------------------------------

TWO = """
    oidc_provider cognito { @PROVIDER@ }
    server {
        listen 127.0.0.1:@PORT@;
        auth_oidc cognito;
        auth_oidc_methods bearer;
        location /lax/ { proxy_pass http://@UPSTREAM@; }
        location /strict/ {
            auth_oidc_require_scope kongresource/scope2;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


def test_cached_token_is_judged_by_the_rules_of_each_location(gateway, pool):
    """AC-311."""
    site = gateway(TWO)
    token = bearer(pool.issue(scope="kongresource/scope1"))
    assert [send("GET", site.url(path), token).status for path in
            ("/lax/", "/strict/", "/lax/", "/strict/")] == \
        [200, 403, 200, 403]


TENANTS = """
    oidc_provider a { @PROVIDER@ }
    oidc_provider b {
        @PROVIDER@
        issuer_alias http://127.0.0.1/b;
        cookie_name B;
        allowed_clients somebody;
    }
    map $arg_tenant $tenant { a a; b b; default $arg_tenant; }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc $tenant;
            auth_oidc_methods bearer;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


@pytest.mark.parametrize("tenant, status, reason", [
    ("a", 200, ""), ("b", 401, "client_id_mismatch"),
    ("c", 403, "provider_unknown"), ("", 403, "provider_unknown"),
    ("off", 403, "provider_unknown")])
def test_provider_named_by_a_variable_judges_the_token(
        gateway, pool, tenant, status, reason):
    """AC-256: an unknown name denies."""
    site = gateway(TENANTS)
    answer = send("GET", site.url(f"/?tenant={tenant}"),
                  bearer(pool.issue()))
    assert (answer.status, answer.reason) == (status, reason)


def test_token_accepted_by_one_provider_is_refused_by_another(gateway, pool):
    """AC-311: the same token, cached by a, at b."""
    site = gateway(TENANTS)
    token = bearer(pool.issue())
    assert [send("GET", site.url(f"/?tenant={tenant}"), token).status
            for tenant in "abab"] == [200, 401, 200, 401]


# --- the generic profile -----------------------------------------------------

GENERIC = """
    oidc_provider generic {
        issuer @ISSUER@;
        client_id @CLIENT_ID@;
        client_secret @CLIENT_SECRET@;
        audience https://api.example;
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc generic;
            auth_oidc_methods bearer;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


@pytest.mark.parametrize("aud, status", [
    ("https://api.example", 200), (["x", "https://api.example"], 200),
    ("https://api.example/", 401), ("https://api", 401), ([], 401),
    ([None], 401), ({}, 401), (None, 401), (7, 401)], ids=str)
def test_generic_token_with_another_audience_is_refused(
        gateway, pool, aud, status):
    """AC-075, AC-076, AC-078, AC-299."""
    site = gateway(GENERIC)
    answer = send("GET", site.url("/"),
                  bearer(pool.issue(claims={"aud": aud})))
    assert answer.status == status


def test_generic_token_without_aud_needs_an_allowed_client(gateway, pool):
    site = gateway(GENERIC)
    statuses = [send("GET", site.url("/"), bearer(token)).status for token in
                (pool.issue(), pool.issue(claims={"client_id": "x"}))]
    assert statuses == [200, 401]


def test_generic_id_token_is_refused_as_an_access_token(gateway, pool):
    """AC-107: told by its nonce."""
    site = gateway(GENERIC)
    token = pool.issue(claims={"nonce": "n", "aud": "https://api.example"})
    answer = send("GET", site.url("/"), bearer(token))
    assert answer.reason == "token_use_mismatch"


# Whatever else the provider signs for the client has the same iss and aud.
OTHERS = {
    "authorization error": {"error": "login_required", "state": "s"},
    "authorization response": {"code": "c", "state": "s"},
    "logout": {"events": {"http://schemas.openid.net/event/"
                          "backchannel-logout": {}}},
    "refresh": {"typ": "Refresh"}, "offline": {"typ": "Offline"},
    "ID": {"typ": "ID"}, "hash": {"at_hash": "x"},
    "state hash": {"s_hash": "x"},
    "introspection": {"token_introspection": {"active": True}},
    "proof": {"htm": "GET"}, "response": {"response": "x"},
    "nothing but iss and aud": {"client_id": None, "scope": None,
                                "token_use": None},
}


@pytest.mark.parametrize("rule", ["", "auth_oidc_token any;",
                                  "auth_oidc_token id;"])
@pytest.mark.parametrize("kind", OTHERS)
def test_token_of_another_kind_is_refused(gateway, pool, kind, rule):
    """AC-411, AC-412, AC-414, AC-415; whoever takes its own client_id for an
    audience. Also from the second time on."""
    site = gateway(GENERIC.replace("auth_oidc_methods", rule +
                                   "auth_oidc_methods"),
                   CLIENT_ID=pool.client()["id"])
    site_claims = {"aud": "https://api.example", **OTHERS[kind]}
    if "any" in rule and kind in ("ID", "hash", "state hash"):
        site_claims["sub"] = None  # an ID token of nobody
    answers = [send("GET", site.url("/"), bearer(pool.issue(
        claims=site_claims))) for _ in range(2)]
    assert [answer.status for answer in answers] == [401, 401], answers


DEFAULTS = """
    oidc_provider generic {
        issuer @ISSUER@;
        client_id @CLIENT_ID@;
        @MORE@
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc generic;
            @RULE@
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


@pytest.mark.parametrize("more, rule, status", [
    # By introspection then, which this provider does not have.
    ("", "", 401), ("", "auth_oidc_methods all;", 503),
    ("audience @CLIENT_ID@;", "", 200), ("", "auth_oidc_audience "
                                        "@CLIENT_ID@;", 200),
    ("allowed_clients @CLIENT_ID@;", "", 200),
    ("allowed_clients any;", "", 200),
    ("allowed_clients other;", "", 401)])
def test_bearer_is_off_by_default_without_an_audience(
        gateway, pool, more, rule, status):
    """AC-417: aud is client_id, which all tokens of the client have."""
    site = gateway(DEFAULTS, MORE=more, RULE=rule)
    token = pool.issue(claims={"aud": pool.client()["id"], "sub": "jane"})
    answer = send("GET", site.url("/"), bearer(token))
    assert answer.status == status
    if not more and not rule:
        assert answer.reason == "method_not_enabled"
