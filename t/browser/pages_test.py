# SPDX-License-Identifier: Apache-2.0
"""The pages that people see instead of the one they asked for."""

import pytest


@pytest.mark.parametrize("path, words, name", [
    ("/oidc_callback?code=c&state=s", "The login did not succeed", "400"),
    ("/dead/", "The login service does not answer", "503"),
    ("/dead_logout", "You are logged out", "goodbye"),
])
def test_error_page_is_readable_on_a_phone(path, words, name, site, browser):
    browser.open(site.url(path))
    browser.wait_for(words)
    browser.shot(f"page-{name}")
    # Nothing on it breaks its own Content-Security-Policy, and its style is
    # let in.
    assert not [line for line in browser.complaints()
                if "Content Security Policy" in line]
    assert "sans-serif" in browser.run(
        "return getComputedStyle(document.body).fontFamily")


def test_user_without_the_group_sees_the_403_page(site, browser, log_in):
    browser.open(site.url("/owners/"))
    log_in()
    browser.wait_for("You may not see this page")
    browser.shot("page-403")


def test_error_page_link_starts_a_login(site, browser, log_in):
    browser.open(site.url("/oidc_callback?code=c&state=s"))
    browser.click("Try again")
    browser.wait_for("Start page")
    # AC-137: the callback's address has gone nowhere.
    assert browser.run("return document.referrer") == ""
    browser.click("My page")
    log_in()
    browser.wait_for("Hello")


def test_error_page_omits_the_text_of_the_provider(
        site, browser, pool):
    """AC-117."""
    browser.open(site.url("/people/"))
    state = browser.run(
        "return new URL(location).searchParams.get('state')")
    browser.open(site.url("/oidc_callback?error=access_denied&error_"
                          "description=<img%20src=x%20onerror=alert(1)>"
                          f"<b>boo</b>&state={state}"))
    browser.wait_for("The login did not succeed")
    browser.shot("page-400-by-provider")
    assert "boo" not in browser.text
    browser.click("Try again")
    browser.wait_for("Sign in")
