# SPDX-License-Identifier: Apache-2.0
"""AC-431: what nginx users put around the module's own addresses holds
there."""

import pytest

from visitor import FORM, NAVIGATION, basic, send

SITE = """
    limit_req_zone $binary_remote_addr zone=calls:1m rate=1r/m;
    limit_conn_zone $binary_remote_addr zone=connections:1m;
    oidc_provider cognito {
        @PROVIDER@
        logout_uri /logout;
        frontchannel_logout_uri /front;
        backchannel_logout_uri /back;
    }
    server {
        listen 127.0.0.1:@PORT@;
        @SERVER@
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
        location = /check {
            internal;
            auth_oidc off;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_pass http://@UPSTREAM@;
        }
        location = @ADDRESS@ { @RULE@ }
    }
"""
ADDRESSES = {
    "/oidc_callback": ("GET", "?state=x&code=y", [400]),
    # By way of the provider, if its metadata is there already.
    "/logout": ("GET", "", [200, 302]),
    "/front": ("GET", "", [200]),
    "/back": ("POST", "", [400]),
}
PROTECTED = ["", "auth_oidc cognito;"]


def ask(site, address, headers=None):
    method, query, _ = ADDRESSES[address]
    body = "logout_token=x" if method == "POST" else None
    more = {"Content-Type": FORM} if body else NAVIGATION
    return send(method, site.url(address + query),
                {**more, **(headers or {})}, body)


@pytest.fixture(params=PROTECTED, ids=["open", "protected"])
def serve(gateway, request):
    def start(address, rule, server=""):
        return gateway(SITE, ADDRESS=address, RULE=request.param + rule,
                       SERVER=server)
    return start


@pytest.mark.parametrize("address", ADDRESSES)
def test_answers_without_any_rule(serve, address):
    assert ask(serve(address, ""), address).status in ADDRESSES[address][2]


@pytest.mark.parametrize("address", ADDRESSES)
def test_deny_holds(serve, address):
    assert ask(serve(address, "deny all;"), address).status == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_deny_of_the_server_holds(serve, address):
    site = serve(address, "", "deny 127.0.0.0/8;")
    assert ask(site, address).status == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_limit_req_holds(serve, address):
    site = serve(address, "limit_req zone=calls;")
    site.may_say = "limiting requests"
    assert ask(site, address).status in ADDRESSES[address][2]
    assert [ask(site, address).status for _ in range(3)] == [503] * 3


@pytest.mark.parametrize("address", ADDRESSES)
def test_limit_except_holds(serve, address):
    method = ADDRESSES[address][0]
    other = "GET" if method == "POST" else "POST"
    site = serve(address, f"limit_except {other} {{ deny all; }}")
    assert ask(site, address).status == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_auth_basic_holds(serve, tmp_path, address):
    (tmp_path / "htpasswd").write_text("jane:{PLAIN}sesame\n")
    site = serve(address, f"auth_basic realm; "
                 f"auth_basic_user_file {tmp_path}/htpasswd;")
    assert ask(site, address).status == 401
    assert ask(site, address, basic("jane", "sesame")).status in \
        ADDRESSES[address][2]


@pytest.mark.parametrize("address", ADDRESSES)
def test_auth_request_holds(serve, upstream, address):
    upstream.answers["/check"] = (403, {}, "")
    site = serve(address, "auth_request /check;")
    assert ask(site, address).status == 403
    upstream.answers["/check"] = (200, {}, "")
    assert ask(site, address).status in ADDRESSES[address][2]


@pytest.mark.parametrize("rule", ["return 204;", "rewrite ^ /elsewhere last;",
                                  "rewrite ^ /elsewhere redirect;"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_return_and_rewrite_of_the_location_do_not_swallow_it(
        serve, address, rule):
    assert ask(serve(address, rule), address).status in ADDRESSES[address][2]


@pytest.mark.parametrize("address", ADDRESSES)
def test_error_page_holds(serve, address):
    site = serve(address, "error_page 400 403 =418 /sorry; deny all;",
                 "location = /sorry { return 200; }")
    assert ask(site, address).status == 418


def test_satisfy_any_leaves_the_callback_to_people_without_an_address(
        gateway, visitor):
    """Those who are let in by a login alone reach the end of it."""
    site = gateway(SITE, ADDRESS="/unused", RULE="",
                   SERVER="satisfy any; deny all;")
    assert visitor.open(site.url("/")).status == 200


def test_made_up_callbacks_make_no_more_calls_than_limit_req_allows(
        gateway, pool, visitor):
    site = gateway(SITE, ADDRESS="/oidc_callback",
                   RULE="limit_req zone=calls burst=4 nodelay;", SERVER="")
    site.may_say = "limiting requests|code_refused|provider_refused"
    before = pool.count("token")
    statuses = []
    for _ in range(400):
        visitor.jar.clear()
        state = visitor.start(site.url("/")).partition("state=")[2][:32]
        statuses.append(visitor.get(site.url(
            f"/oidc_callback?code=made-up&state={state}")).status)
    assert statuses.count(503) == 395
    assert pool.count("token") - before <= 5


def test_query_of_an_own_address_is_in_no_log(gateway):
    site = gateway(SITE, ADDRESS="/oidc_callback", RULE="deny all;",
                   SERVER="")
    ask(site, "/oidc_callback")
    send("GET", site.url("/front?iss=x&sid=secret-session"))
    assert "forbidden" in site.log()
    for word in ("code=y", "secret-session"):
        assert word not in site.log()
