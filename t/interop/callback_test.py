"""What the callback does not take, with a provider that is not ours."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from wire import Browser


def callback_of(browser, url):
    """The callback's address as the provider gives it, not called yet."""
    asked = browser.get(url)
    return browser.follow(asked.location,
                          until=url[:url.index("/people/")]).location


def edit(url, **changes):
    """The same with parameters changed, or left out where None."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **changes}
    kept = {name: value for name, value in query.items()
            if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


def refusal(browser, url):
    reply = browser.get(url)
    return reply.status, reply.headers["X-Reason"]


@pytest.mark.parametrize("name, reason", [
    ("RS256", "code_refused"),  # PKCE: the provider refuses
    ("nopkce", "nonce_mismatch"),  # the provider has given us the token
])
def test_AC_090_the_code_of_another_login_is_refused(name, reason, base,
                                                     nginx):
    """RFC 9700 4.5: an attacker's code in the victim's callback."""
    url = f"{base}/people/{name}/"
    attacker, victim = Browser(), Browser()
    code = dict(parse_qsl(urlsplit(callback_of(attacker, url)).query))["code"]
    injected = edit(callback_of(victim, url), code=code)
    assert refusal(victim, injected) == (400, reason)
    assert victim.get(url).status == 302


def test_AC_112_the_callback_of_another_browser_is_refused(base, browser):
    url = callback_of(Browser(), f"{base}/people/RS256/")
    assert refusal(browser, url) == (400, "state_unknown")


@pytest.mark.parametrize("iss", ["https://evil.example", None])
def test_AC_120_and_121_iss_must_be_the_providers(iss, base, browser):
    """RFC 9207: this provider promises iss."""
    url = callback_of(browser, f"{base}/people/RS256/")
    assert refusal(browser, edit(url, iss=iss)) == (
        400, "callback_iss_mismatch")


def test_AC_118_a_silent_login_that_fails_ends_there(base, browser):
    url = callback_of(browser, f"{base}/people/silent/")
    assert "error=login_required" in url
    assert refusal(browser, url) == (400, "provider_refused")


def test_AC_113_a_callback_called_twice_goes_on_to_the_page(base, browser):
    page = f"{base}/people/RS256/page"
    url = callback_of(browser, page)
    assert browser.get(url).location == page
    again = browser.get(url)
    assert again.status == 302
    assert urlsplit(again.location)[:2] == urlsplit(base)[:2]
