"""Each row of the mission, and where it is shown: what the guides behind it
(S1 to S5) show with Kong and APISIX. Tests named after a row show it; an
option is another name for something of ours."""

import re
from pathlib import Path

import pytest

from sites import SITE
from tls import Certificate
from visitor import query_of, send

ROWS = {
    1: "a location without protection adds nothing",
    2: "Cognito's metadata, of 2023 and of today",
    3: "Basic 1:1 is 401 with a challenge, and the upstream is not called",
    4: "Basic id:secret becomes a Bearer for the upstream",
    5: "Cognito's access token, as odd as it is",
    6: "a browser goes to the hosted UI",
    7: "the code comes back and is exchanged",
    8: "the session carries the access token",
    9: "a valid bearer token 200, an invalid one 401",
    10: "the token endpoint's question and answer",
    11: "callbacks: https, http on localhost, several of them",
    12: "a whole logout needs the provider's own",
    13: "only people we know, others see the forbidden page",
    14: "public and confidential clients",
    15: "refresh tokens of 30 days, revoked at the end",
    16: "each kind of credential",
    17: "authorization code with PKCE, in six steps",
    18: "e-mail and names",
    19: "other methods of a gateway, beside this one",
}
OPTIONS = {
    "issuer": "option_issuer",
    "discovery": "option_issuer",
    "client_id": "option_client_id",
    "client_secret": "row_14_public_client",
    "auth_methods": "option_auth_methods_blank",
    "scopes": "option_scope_with_a_slash",
    "redirect_uri": "option_redirect_uri",
    "use_jwks": "row_09_s5_bearer_valid_200",
    "leeway": "option_leeway_100",
    "consumer_by": "option_consumer_by",
    "consumer_claim": "option_consumer_claim",
    "logout_query_arg": "option_logout_query_arg",
    "logout_methods": "option_logout_methods",
    "logout_redirect_uri": "option_logout_redirect_uri",
    "login_action": "redirect_by_default_without_tokens",
    "login_tokens": "option_login_tokens_empty",
    "login_redirect_uri": "option_login_redirect_uri",
    "login_redirect_mode": "tokens_in_the_query",
    "forbidden_redirect_uri": "row_13_people_we_know",
    "ssl_verify": "option_ssl_verify_false",
    "plugin attachment": "option_plugin_attachment",
}
TESTS = {name for path in Path(__file__).parent.glob("test_*.py")
         for name in re.findall(r"^def test_(\w+)\(", path.read_text(), re.M)}


@pytest.mark.parametrize("row", ROWS)
def test_each_row_is_shown(row):
    assert [name for name in TESTS if name.startswith(f"row_{row:02}_")]


def test_each_option_is_shown():
    assert set(OPTIONS.values()) <= TESTS, set(OPTIONS.values()) - TESTS


@pytest.mark.parametrize("known", [
    ("username", "$oidc_user", "jane"),
    ("custom_id", "$oidc_claim_email", "jane@example.com")],
    ids=lambda known: known[0])
@pytest.mark.parametrize("who, status", [("jane", 200), ("john", 403)])
def test_option_consumer_by(gateway, pool, visitor, known, who, status):
    """S1, S3: a map from whatever names the user to who that is here."""
    _, variable, value = known
    pool.settings(auto_login=who)
    site = gateway(f"""map {variable} $consumer {{
                           {value} developer-7;
                       }}""" + SITE, RULE="""
        auth_oidc_require $consumer;
        auth_oidc_set_header X-Consumer $consumer;""")
    answer = visitor.open(site.url("/"))
    assert answer.status == status
    if status == 200:
        assert answer.sent("X-Consumer") == ["developer-7"]


@pytest.mark.parametrize("listed", [True, False])
def test_option_client_id(gateway, pool, visitor, listed):
    """S1, S2: one for the logins, more whose tokens are taken."""
    other = pool.client("public")["id"]
    site = gateway(SITE, MORE=f"allowed_clients @CLIENT_ID@ {other};"
                   if listed else "")
    token = pool.issue(client_id=other)
    assert visitor.script(site.url("/"), headers={
        "Authorization": f"Bearer {token}"}).status == (
            200 if listed else 401)


def test_option_logout_methods(gateway, visitor):
    """S1, S3: GET and nothing else."""
    site = gateway(SITE, MORE="logout_uri /logout; logout_methods GET;")
    assert visitor.open(site.url("/")).status == 200
    refused = visitor.call("POST", site.url("/logout"), {
        "Sec-Fetch-Site": "same-origin"})
    assert (refused.status, refused.reason) == (405, "method_not_allowed")
    assert visitor.get(site.url("/")).status == 200
    assert visitor.get(site.url("/logout")).status == 302
    assert visitor.script(site.url("/")).status == 401


def test_option_logout_redirect_uri(gateway, pool, visitor):
    """S1, S3: on to Cognito's logout also when its metadata has none."""
    pool.settings(discovery="pre_2024")
    site = gateway(SITE, MORE="logout_uri /logout; post_logout_uri /bye;"
                   "end_session_endpoint @DOMAIN@/logout;")
    pool.allow(site.url("/bye"))
    visitor.open(site.url("/"))
    answer = visitor.get(site.url("/logout"))
    assert answer.location.startswith(f"{pool.domain_url}/logout?")
    assert query_of(answer.location) == {
        "client_id": pool.client()["id"], "logout_uri": site.url("/bye")}


@pytest.mark.parametrize("verify, status", [("", 503),
                                            ("ssl_verify off;", 200)])
def test_option_ssl_verify_false(gateway, pool, tmp_path, verify, status):
    """S1, S3: a provider whose certificate nobody knows."""
    tls = Certificate(tmp_path, "127.0.0.1").for_nginx()
    issuer = "https://127.0.0.1:@PORT2@/@POOL_ID@"
    site = gateway(SITE + """
        server {
            listen 127.0.0.1:@PORT2@ ssl; @TLS@
            proxy_set_header Accept-Encoding "";
            sub_filter_types *; sub_filter_once off;
            sub_filter 'http:\\\\/\\\\/@SERVICE_HOST@'
                       'https:\\\\/\\\\/127.0.0.1:@PORT2@';
            sub_filter 'http://@SERVICE_HOST@' 'https://127.0.0.1:@PORT2@';
            location / { proxy_pass @SERVICE@; }
        }""", TLS=tls, ISSUER=issuer, MORE=f"profile generic; {verify}",
        SERVICE_HOST=pool.service_url.removeprefix("http://"),
        PROVIDER="issuer @ISSUER@; client_id @CLIENT_ID@;"
                 "client_secret @CLIENT_SECRET@; timeout 3s;")
    token = pool.issue(claims={
        "iss": f"https://127.0.0.1:{site.ports['PORT2']}/{pool.pool_id}"})
    answer = send("GET", site.url("/"), {"Authorization": f"Bearer {token}"})
    assert answer.status == status, site.log()
