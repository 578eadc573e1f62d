"""The pages that people see instead of the one they asked for."""

import pytest


@pytest.mark.parametrize("path, words, name", [
    ("/oidc_callback?code=c&state=s", "The login did not succeed", "400"),
    ("/dead/", "The login service does not answer", "503"),
])
def test_a_refusal_reads_well_on_a_phone(path, words, name, site, browser):
    browser.open(site.url(path))
    browser.wait_for(words)
    browser.shot(f"refused-{name}")
    # Nothing on it breaks its own Content-Security-Policy.
    assert not [line for line in browser.complaints()
                if "Content Security Policy" in line]


def test_try_again_leads_to_a_login(site, browser, log_in):
    browser.open(site.url("/oidc_callback?code=c&state=s"))
    browser.click("Try again")
    browser.wait_for("Start page")
    browser.click("My page")
    log_in()
    browser.wait_for("Hello")


def test_AC_117_the_provider_refuses_and_says_nothing_of_its_own(
        site, browser, pool):
    browser.open(site.url("/people/"))
    state = browser.run(
        "return new URL(location).searchParams.get('state')")
    browser.open(site.url("/oidc_callback?error=access_denied&error_"
                          "description=<img%20src=x%20onerror=alert(1)>"
                          f"<b>boo</b>&state={state}"))
    browser.wait_for("The login did not succeed")
    browser.shot("refused-by-provider")
    assert "boo" not in browser.text
    browser.click("Try again")
    browser.wait_for("Sign in")
