# SPDX-License-Identifier: Apache-2.0
"""Logging out: here first, then at the provider."""

import pytest

from sites import COOKIE_STORE, SITE
from visitor import NAVIGATION, SESSION, query_of, send

LOGOUT = "logout_uri /logout; "
GENERIC = """
    oidc_provider generic {
        issuer @ISSUER@;
        client_id @CLIENT_ID@;
        client_secret @CLIENT_SECRET@;
        @MORE@
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / { auth_oidc generic; proxy_pass http://@UPSTREAM@; }
    }
"""


def logged_in(site, visitor):
    answer = visitor.open(site.url("/"))
    assert answer.status == 200
    return answer


def test_logout_redirects_to_the_logout_of_cognito(
        gateway, pool, visitor, store):
    """AC-403: client_id and logout_uri, nothing of the standard's."""
    site = gateway(SITE, MORE=store + LOGOUT)
    logged_in(site, visitor)
    answer = visitor.get(site.url("/logout"))
    assert answer.status == 302
    assert answer.location.startswith(pool.domain_url + "/logout?")
    assert query_of(answer.location) == {
        "client_id": pool.client()["id"], "logout_uri": site.url("/")}


def test_logout_at_cognito_ends_its_session_and_returns(gateway, pool, visitor):
    """AC-266: Cognito takes it, ends its session and sends back."""
    pool.settings(auto_login=None)
    site = gateway(SITE, MORE=LOGOUT + "post_logout_uri /open/bye;")
    pool.allow(site.url("/open/bye"))
    visitor.submit(visitor.open(site.url("/")), username="jane",
                   password=pool.user("jane")["password"])
    answer = visitor.open(site.url("/logout"))
    assert answer.json["uri"] == "/open/bye"
    assert "password" in visitor.open(site.url("/")).text


def test_logout_address_of_cognito_is_found_without_metadata(
        gateway, pool, visitor):
    """AC-267, AC-403: the logout lies beside the authorization."""
    pool.settings(discovery="pre_2024")
    site = gateway(SITE, MORE=LOGOUT)
    logged_in(site, visitor)
    assert visitor.get(site.url("/logout")).location.startswith(
        pool.domain_url + "/logout?client_id=")


def test_session_is_refused_after_logout(gateway, visitor, store):
    """AC-192, AC-278."""
    site = gateway(SITE, MORE=store + LOGOUT)
    logged_in(site, visitor)
    answer = visitor.get(site.url("/logout"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert SESSION not in visitor.jar.names()
    assert visitor.get(site.url("/")).status == 302


def test_copied_session_cookie_is_refused_after_logout(gateway, visitor):
    """AC-277."""
    site = gateway(SITE, MORE=LOGOUT, main="worker_processes 2;")
    logged_in(site, visitor)
    headers = {"Cookie": f"{SESSION}={visitor.session}"}
    for _ in range(8):  # known to both workers
        assert send("GET", site.url("/"), headers).status == 200
    visitor.get(site.url("/logout"))
    for _ in range(8):
        assert send("GET", site.url("/"), headers).status == 401


def test_logout_expires_all_cookie_chunks(gateway, pool, visitor):
    """AC-192."""
    site = gateway("large_client_header_buffers 4 64k;" + SITE,
                   MORE=COOKIE_STORE + LOGOUT)
    pool.tamper(id={"claims": {"custom:a": "x" * 3000}})
    logged_in(site, visitor)
    visitor.get(site.url("/logout"))
    assert visitor.jar.names() == []


def test_logout_keeps_the_sessions_of_other_browsers(gateway, visitors):
    site = gateway(SITE, MORE=LOGOUT)
    one, other = visitors(), visitors()
    logged_in(site, one)
    logged_in(site, other)
    one.get(site.url("/logout"))
    assert other.get(site.url("/")).status == 200


def test_logout_without_a_session_redirects_to_the_provider(
        gateway, pool, visitor):
    site = gateway(SITE, MORE=LOGOUT)
    visitor.get(site.url("/"))  # so that the metadata is there
    assert visitor.get(site.url("/logout")).location.startswith(
        pool.domain_url)


def test_login_after_logout_succeeds(gateway, visitor, store):
    site = gateway(SITE, MORE=store + LOGOUT)
    logged_in(site, visitor)
    visitor.open(site.url("/logout"))
    logged_in(site, visitor)


def test_logout_ends_the_session_while_the_provider_is_down(
        gateway, pool, visitor):
    """AC-267: the session here ends all the same."""
    site = gateway(SITE, MORE=LOGOUT)
    logged_in(site, visitor)
    pool.listeners(service=False, domain=False)
    assert visitor.get(site.url("/logout")).status == 302
    assert visitor.get(site.url("/")).status == 302


def test_logout_before_any_metadata_shows_the_own_page(gateway, pool, visitor):
    """AC-267: nobody waits for a dead provider to be logged out."""
    pool.listeners(service=False)
    site = gateway(SITE, MORE=LOGOUT)
    answer = visitor.get(site.url("/logout"))
    assert answer.status == 200
    assert "logged out" in answer.text


# --- by query argument -------------------------------------------------------

def test_logout_query_argument_logs_out(gateway, pool, visitor):
    site = gateway(SITE, MORE="logout_query_arg logout;")
    logged_in(site, visitor)
    answer = visitor.get(site.url("/any/page?x=1&logout=true"))
    assert answer.location.startswith(pool.domain_url + "/logout?")
    assert visitor.get(site.url("/")).status == 302


@pytest.mark.parametrize("query", ["?logou=1", "?x=logout", "?logoutx",
                                   "?x=1&Logout=1", "?#logout"])
def test_similar_query_arguments_do_not_log_out(gateway, visitor, query):
    site = gateway(SITE, MORE="logout_query_arg logout;")
    logged_in(site, visitor)
    assert visitor.get(site.url("/" + query)).status == 200


def test_login_does_not_return_to_the_logout_address(gateway, visitor):
    """AC-222."""
    site = gateway(SITE, MORE="logout_query_arg logout;")
    logged_in(site, visitor)
    visitor.get(site.url("/?logout=1"))
    logged_in(site, visitor)
    assert visitor.get(site.url("/")).status == 200


# --- who may -----------------------------------------------------------------

@pytest.mark.parametrize("methods, method, status", [
    ("", "GET", 302), ("", "POST", 302), ("", "PUT", 405),
    ("logout_methods POST;", "GET", 405),
    ("logout_methods POST;", "POST", 302),
    ("logout_methods GET;", "POST", 405)])
def test_logout_by_a_method_not_listed_is_refused(
        gateway, visitor, methods, method, status):
    site = gateway(SITE, MORE=LOGOUT + methods)
    logged_in(site, visitor)
    answer = visitor.call(method, site.url("/logout"), NAVIGATION)
    assert answer.status == status
    assert visitor.get(site.url("/")).status == \
        (302 if status == 302 else 200)


FOREIGN = {
    "an image": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors",
                 "Sec-Fetch-Dest": "image"},
    "a frame": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-Dest": "iframe"},
    "a fetch": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors",
                "Sec-Fetch-Dest": "empty"},
    "an image of a sibling": {
        "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors",
        "Sec-Fetch-Dest": "image"},
    "an image of any user's": {
        "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors",
        "Sec-Fetch-Dest": "image"},
}


@pytest.mark.parametrize("who", FOREIGN)
def test_logout_by_a_subresource_of_another_site_is_403(gateway, visitor, who):
    """AC-265."""
    site = gateway(SITE, MORE=LOGOUT)
    logged_in(site, visitor)
    answer = visitor.call("GET", site.url("/logout"), FOREIGN[who])
    assert (answer.status, answer.reason) == (403, "logout_refused")
    assert visitor.get(site.url("/")).status == 200


@pytest.mark.parametrize("field, value", [
    ("Sec-Purpose", "prefetch"), ("Sec-Purpose", "prefetch;prerender"),
    ("Purpose", "prefetch"), ("X-Sec-Purpose", "prefetch"),
    ("X-Moz", "prefetch"), ("X-Purpose", "preview"),
    ("Next-Router-Prefetch", "1")])
def test_prefetched_logout_does_not_log_out(gateway, visitor, field, value):
    """AC-131, AC-265, AC-437."""
    site = gateway(SITE, MORE=LOGOUT)
    logged_in(site, visitor)
    answer = visitor.get(site.url("/logout"), **{field: value})
    assert answer.status == 401
    assert visitor.get(site.url("/")).status == 200


def test_logout_by_a_link_of_another_site_logs_out(gateway, visitor):
    """AC-265: a navigation, which the user sees."""
    site = gateway(SITE, MORE=LOGOUT)
    logged_in(site, visitor)
    answer = visitor.get(site.url("/logout"),
                         **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 302
    assert visitor.get(site.url("/")).status == 302


# --- where it leads ----------------------------------------------------------

@pytest.mark.parametrize("uri, shown", [
    ("/bye", "@BASE@/bye"), ("https://portal.example/bye",
                             "https://portal.example/bye")])
def test_logout_uri_sent_to_the_provider_is_post_logout_uri(
        gateway, visitor, uri, shown):
    site = gateway(SITE, MORE=LOGOUT + f"post_logout_uri {uri};")
    logged_in(site, visitor)
    answer = visitor.get(site.url("/logout"))
    assert query_of(answer.location)["logout_uri"] == \
        shown.replace("@BASE@", site.url(""))


def test_request_does_not_choose_the_page_after_logout(gateway, visitor):
    """AC-225."""
    site = gateway(SITE, MORE=LOGOUT)
    logged_in(site, visitor)
    answer = visitor.get(site.url(
        "/logout?rd=https://evil.example&logout_uri=https://evil.example&"
        "post_logout_redirect_uri=https://evil.example"))
    assert "evil" not in answer.location


def test_logout_at_a_generic_provider_is_rp_initiated(gateway, pool, visitor):
    """OIDC RP-Initiated Logout, for every other provider."""
    site = gateway(GENERIC, MORE=LOGOUT + "post_logout_uri /bye;")
    logged_in(site, visitor)
    answer = visitor.get(site.url("/logout"))
    assert answer.location.startswith(pool.domain_url + "/logout?")
    assert query_of(answer.location) == {
        "client_id": pool.client()["id"],
        "post_logout_redirect_uri": site.url("/bye")}


def test_logout_at_a_generic_provider_sends_the_id_token_hint(gateway, visitor):
    site = gateway(GENERIC, MORE=LOGOUT + "logout_token_hint on;")
    logged_in(site, visitor)
    query = query_of(visitor.get(site.url("/logout")).location)
    assert query["id_token_hint"].count(".") == 2


def test_logout_without_a_provider_endpoint_shows_the_own_page(
        gateway, pool, visitor):
    """AC-267."""
    pool.settings(discovery="pre_2024")
    site = gateway(GENERIC, MORE=LOGOUT)
    logged_in(site, visitor)
    answer = visitor.get(site.url("/logout"))
    assert answer.status == 200
    assert SESSION not in visitor.jar.names()


def test_logout_without_a_provider_endpoint_uses_post_logout_uri(
        gateway, pool, visitor):
    pool.settings(discovery="pre_2024")
    site = gateway(GENERIC, MORE=LOGOUT + "post_logout_uri /bye;")
    logged_in(site, visitor)
    assert visitor.get(site.url("/logout")).location == site.url("/bye")


def test_logout_inside_an_unprotected_location_is_answered(gateway, visitor):
    """The logout is answered wherever it lies."""
    site = gateway(SITE, MORE="logout_uri /open/logout;")
    logged_in(site, visitor)
    assert visitor.get(site.url("/open/logout")).status == 302
    assert visitor.get(site.url("/")).status == 302
