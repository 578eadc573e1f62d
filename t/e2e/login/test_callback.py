# SPDX-License-Identifier: Apache-2.0
"""What arrives at the callback's address, and what becomes of it."""

import threading

import pytest

from gateway import let_pass
from sites import SITE
from visitor import NAVIGATION, query_of, send
from wire import once


def refused(answer, reason, status=400):
    """NO-LOGIN: the page, no session, and nothing reflected."""
    assert answer.status == status, answer
    assert answer.reason == reason
    assert answer.headers["Cache-Control"] == "no-store"
    if status == 400:
        assert "Try again" in answer.text
    assert not [line for line in answer.set_cookies
                if "Max-Age=0" not in line]


def with_query(url, **changes):
    """The same callback with parameters replaced, or left out by None."""
    query = {**query_of(url), **changes}
    return url.partition("?")[0] + "?" + "&".join(
        f"{name}={value}" for name, value in query.items()
        if value is not None)


# --- state -------------------------------------------------------------------

def test_callback_without_state_is_refused(gateway, pool, visitor):
    """AC-110."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    refused(visitor.get(with_query(url, state=None)), "state_missing")
    assert pool.count("token") == 0


@pytest.mark.parametrize("state", ["x" * 32, "", "a" * 5000, "%00", "../x"],
                         ids=lambda state: state[:4])
def test_callback_with_an_unknown_state_is_refused(
        gateway, pool, visitor, state):
    """AC-111."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    answer = visitor.get(with_query(url, state=state))
    assert answer.status in (400, 414)
    assert pool.count("token") == 0
    assert visitor.open(url).status == 200  # the attempt itself is unharmed


def test_callback_with_a_truncated_state_is_refused(gateway, pool, visitor):
    """AC-111."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    state = query_of(url)["state"]
    refused(visitor.get(with_query(url, state=state[:-1])), "state_unknown")


def test_callback_in_another_browser_is_refused(gateway, pool, visitors):
    """AC-112: login CSRF."""
    site = gateway(SITE)
    url = visitors().callback_for(site.url("/"))
    refused(visitors().get(url), "state_unknown")
    assert pool.count("token") == 0


def test_login_cookie_of_another_attempt_is_refused(gateway, pool, visitor):
    """AC-112, AC-173: one cookie under the other one's name."""
    site = gateway(SITE)
    first = visitor.callback_for(site.url("/"))
    [name] = visitor.jar.names()
    value = visitor.jar.value(name)
    visitor.jar.clear()
    second = visitor.callback_for(site.url("/"))
    [other] = visitor.jar.names()
    visitor.jar.put(other, value)
    refused(visitor.get(second), "state_unknown")
    visitor.jar.put(name, value)
    assert visitor.open(first).status == 200


@pytest.mark.parametrize("where", [0, 1, 20, 60, -1])
def test_altered_login_cookie_is_refused(gateway, pool, visitor, where):
    """AC-126: one character changed."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    [name] = visitor.jar.names()
    value = list(visitor.jar.value(name))
    value[where] = "A" if value[where] != "A" else "B"
    visitor.jar.put(name, "".join(value))
    refused(visitor.get(url), "state_unknown")
    assert pool.count("token") == 0


def test_repeated_callback_with_a_session_redirects_to_the_page(
        gateway, pool, visitor):
    """AC-113, AC-189: with a session the second one goes to the page."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/page"))
    first = visitor.get(url)
    again = visitor.get(url)
    assert (first.status, again.status) == (302, 302)
    assert pool.count("token") == 1
    assert visitor.open(url).status == 200


def test_repeated_callback_without_a_session_is_refused(gateway, pool, visitor):
    """AC-113: the login's cookie kept, the session's lost."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    [name] = visitor.jar.names()
    value = visitor.jar.value(name)
    assert visitor.get(url).status == 302
    visitor.jar.clear()
    visitor.jar.put(name, value)
    refused(visitor.get(url), "state_used")
    assert pool.count("token") == 1


def test_simultaneous_callbacks_make_one_exchange(gateway, pool, visitor):
    """AC-113, AC-202: over two workers, one exchange."""
    site = gateway(SITE, main="worker_processes 2;")
    url = visitor.callback_for(site.url("/"))
    headers = {**NAVIGATION, "Cookie": visitor.jar.header(
        "127.0.0.1", "/", False)}
    answers = []

    def go():
        answers.append(send("GET", url, headers))
    threads = [threading.Thread(target=go) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 50
    assert pool.count("token") == 1
    assert sorted(a.status for a in answers) == [302] + [400] * 49
    assert {a.reason for a in answers if a.status == 400} == {"state_used"}


def test_late_callback_starts_the_login_again(gateway, pool, visitor):
    """AC-114: the login starts once more, to the same page."""
    site = gateway(SITE, MORE="login_timeout 1s;")
    url = visitor.callback_for(site.url("/page"))
    let_pass(1)
    assert visitor.get(url).location.startswith(pool.domain_url)
    assert pool.count("token") == 0


def test_late_callback_is_refused_after_three_logins(gateway, pool, visitor):
    """AC-114, AC-264: three times at most."""
    site = gateway(SITE, MORE="login_timeout 1s;")
    url = visitor.callback_for(site.url("/page"))
    for _ in range(3):
        let_pass(1)
        url = visitor.get(visitor.get(url).location).location
    let_pass(1)
    refused(visitor.get(url), "login_loop")


# --- parameters --------------------------------------------------------------

@pytest.mark.parametrize("name", ["state", "code", "iss", "error"])
def test_callback_with_a_repeated_parameter_is_refused(
        gateway, pool, visitor, name):
    """AC-115."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    value = query_of(url).get(name, "x")
    refused(visitor.get(f"{url}&{name}={value}&{name}={value}"),
            "callback_malformed")
    assert pool.count("token") == 0


MALFORMED = ["code", "code=", "code=%", "code=%zz&state=x", "code=%00&state=x",
             "code=" + "x" * 7000 + "&state=x", "&&&code&&=&state=",
             "code=x&state=%ff"]


@pytest.mark.parametrize("query", MALFORMED, ids=lambda q: q[:20])
def test_callback_with_a_malformed_query_is_400(gateway, pool, visitor, query):
    """AC-116."""
    site = gateway(SITE)
    visitor.callback_for(site.url("/"))
    answer = visitor.get(site.url("/oidc_callback?" + query))
    assert answer.status == 400
    assert pool.count("token") == 0


def test_callback_with_code_and_error_is_refused(gateway, pool, visitor):
    """AC-119."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    refused(visitor.get(with_query(url, error="x")), "callback_malformed")
    assert pool.count("token") == 0


@pytest.mark.parametrize("name", ["id_token", "access_token", "response"])
def test_callback_of_another_response_type_is_refused(
        gateway, pool, visitor, name):
    """AC-127."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    refused(visitor.get(with_query(url, **{name: "x"})),
            "callback_malformed")
    assert pool.count("token") == 0


@pytest.mark.parametrize("iss", ["https://evil.example", "", "@/"])
def test_callback_with_the_iss_of_another_provider_is_refused(
        gateway, pool, visitor, iss):
    """AC-120, AC-122."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    answer = visitor.get(with_query(
        url, iss=iss.replace("@", pool.issuer)))
    refused(answer, "callback_iss_mismatch")
    assert pool.count("token") == 0


def test_callback_with_the_iss_of_the_provider_is_accepted(
        gateway, pool, visitor):
    """AC-120."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    assert visitor.get(with_query(url, iss=pool.issuer)).status == 302


def test_callback_without_a_promised_iss_is_refused(gateway, pool, visitor):
    """AC-121."""
    pool.faults(discovery={"mode": "edit", "set": {
        "authorization_response_iss_parameter_supported": True}})
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    refused(visitor.get(url), "callback_iss_mismatch")
    assert pool.count("token") == 0


def test_code_is_sent_once_on_a_connection_that_breaks(gateway, pool, visitors):
    """A kept connection that breaks may have spent it."""
    site = gateway(SITE)
    assert visitors().open(site.url("/")).status == 200
    second = visitors()
    callback = second.callback_for(site.url("/"))
    pool.faults(**{"token.authorization_code": {"mode": "reset"}})
    assert second.get(callback).status == 503
    assert pool.count("token.authorization_code") == 2


# --- the provider's error ----------------------------------------------------

def test_error_response_is_answered_by_a_page_that_reflects_nothing(
        gateway, pool, visitor):
    """AC-117: a page, the attempt is over, and nothing is reflected."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    answer = visitor.get(with_query(
        url, code=None, error="access_denied",
        error_description="%3Cscript%3Ealert(1)%3C/script%3E"))
    refused(answer, "provider_refused")
    assert "access_denied" in site.said("provider_refused")
    assert "alert" not in answer.text
    assert "<script" not in answer.text
    refused(visitor.get(url), "state_unknown")


def test_error_response_without_state_is_refused(gateway, visitor):
    """Cognito's documented samples lack it."""
    site = gateway(SITE)
    answer = visitor.get(site.url("/oidc_callback?error=access_denied"))
    refused(answer, "state_missing")


def test_error_response_with_an_unknown_state_is_refused(gateway, visitor):
    """AC-117."""
    site = gateway(SITE)
    answer = visitor.get(site.url(
        "/oidc_callback?error=access_denied&state=" + "x" * 32))
    refused(answer, "state_unknown")


def test_error_page_links_to_the_page_first_requested(gateway, visitor):
    """AC-227: to the page first asked for."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/deep?x=%22%3E"))
    answer = visitor.get(with_query(url, code=None, error="server_error"))
    assert '<a href="/deep?x=%22%3E">Try again</a>' in answer.text


# --- methods -----------------------------------------------------------------

@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "PUT",
                                    "DELETE"])
def test_callback_by_another_method_is_405_and_keeps_the_state(
        gateway, pool, visitor, method):
    """AC-127, AC-128, AC-130."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    answer = visitor.call(method, url, NAVIGATION)
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET"
    assert pool.count("token") == 0
    assert visitor.open(url).status == 200


def test_form_post_response_is_not_read(gateway, pool, visitor):
    """AC-128: no parameters are read from a body."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    address, _, query = url.partition("?")
    answer = visitor.call("POST", address, {
        **NAVIGATION, "Content-Type": "application/x-www-form-urlencoded"},
        query)
    assert (answer.status, answer.reason) == (400, "callback_malformed")
    assert pool.count("token") == 0


def test_conditional_request_headers_are_ignored_at_the_callback(
        gateway, visitor):
    """AC-354."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    answer = visitor.get(url, **{
        "If-Modified-Since": "Mon, 01 Jan 2099 00:00:00 GMT",
        "If-None-Match": "*", "Range": "bytes=0-0"})
    assert answer.status == 302


def test_absolute_request_target_does_not_change_the_redirect_uri(
        gateway, pool):
    """AC-353: with a base_url it does not change who we are."""
    site = gateway(SITE, MORE="base_url http://app.example;")
    answer = once(site.port, "http://evil.example/", headers=[
        "Accept: text/html"])
    assert answer.location.startswith(pool.domain_url)
    assert query_of(answer.location)["redirect_uri"] == \
        "http://app.example/oidc_callback"
