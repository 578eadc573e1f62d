# SPDX-License-Identifier: Apache-2.0
"""A person logs in and out at Cognito's pages, in a real browser."""

import pytest

from conftest import on_localhost

SECURE = [("PORT", "http"), ("PORT2", "https")]


@pytest.mark.parametrize("port, scheme", SECURE)
def test_login_and_logout_by_hand_succeed(port, scheme, site, browser, log_in):
    page = site.url("/people/welcome?a=1&b=%26", port, scheme)
    browser.open(page)
    browser.wait_for("Sign in")
    browser.shot(f"login-{scheme}")
    log_in("Wrong-horse1")
    browser.wait_for("Incorrect username or password")
    log_in()
    browser.wait_for("Hello jane@example.com")
    assert browser.url == page
    browser.shot(f"application-{scheme}")

    browser.click("Log out")
    browser.wait_for("Start page")
    assert browser.url == site.url("/", port, scheme)
    browser.shot(f"logged-out-{scheme}")
    browser.click("My page")
    browser.wait_for("Sign in")


@pytest.mark.parametrize("port, scheme, name", [
    (*SECURE[0], "NGX_OIDC_SESSION"),
    (*SECURE[1], "__Host-NGX_OIDC_SESSION")])
def test_login_leaves_one_httponly_cookie(
        port, scheme, name, site, browser, log_in):
    """AC-190."""
    browser.open(site.url("/people/", port, scheme))
    (login,) = browser.cookies("127.0.0.1").values()
    assert login["name"].startswith(f"{name}_login_")
    log_in()
    browser.wait_for("Hello")
    (cookie,) = browser.cookies("127.0.0.1").values()
    assert cookie["name"] == name
    for kept in (login, cookie):
        assert kept["httpOnly"] and kept["sameSite"] == "Lax"
        assert kept["path"] == "/" and kept["secure"] == (scheme == "https")
    assert browser.run("return document.cookie") == ""
    # AC-192: the browser obeys the deletion.
    browser.click("Log out")
    browser.wait_for("Start page")
    assert browser.cookies("127.0.0.1") == {}


def test_logins_in_several_tabs_end_in_any_order(site, browser, log_in):
    """AC-188."""
    pages = [site.url(f"/people/tab{number}") for number in range(3)]
    tabs = []
    for page in pages:
        tabs.append(browser.tab())
        browser.open(page)
        browser.wait_for("Sign in")
    for number in (1, 2, 0):
        browser.show(tabs[number])
        # The login page's own token is the browser's, so each tab still
        # holds a good one.
        log_in()
        browser.wait_for("Hello")
        assert browser.url == pages[number]
    assert len(browser.cookies("127.0.0.1")) == 1


def test_strict_session_of_a_login_on_another_site_stays(
        pool, site, browser, log_in):
    """AC-442: the redirect of the callback would carry no Strict cookie."""
    page = on_localhost(site, "/strict/welcome?a=1&b=%26")
    browser.open(page)
    log_in()
    browser.wait_for("Hello jane@example.com")
    assert browser.url == page
    (cookie,) = browser.cookies("localhost").values()
    assert (cookie["name"], cookie["sameSite"]) == ("STRICT", "Strict")
    assert pool.count("token.authorization_code") == 1


def test_login_after_the_back_button_succeeds(site, browser, log_in):
    """AC-189."""
    browser.open(site.url("/people/first"))
    log_in()
    browser.wait_for("Hello")
    browser.back()
    browser.wait_for("Sign in")
    log_in()
    browser.wait_for("Start page")  # the state is spent, the session is good
    browser.open(site.url("/people/second"))
    browser.wait_for("Hello")


def test_link_from_another_site_sends_the_session(site, browser, log_in):
    browser.open(site.url("/people/"))
    log_in()
    browser.wait_for("Hello")
    other = site.url("/").replace("127.0.0.1", "localhost")
    browser.open(other)
    browser.run("location.href = arguments[0]", site.url("/people/linked"))
    browser.wait_for("Hello")
