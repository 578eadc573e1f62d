# SPDX-License-Identifier: Apache-2.0
"""What the callback does not take, with a provider that is not ours."""

from urllib.parse import urlencode

import pytest
from op import walk
from visitor import query_of


def callback_of(visitor, base, name):
    """The callback's address as the provider gives it, not called yet."""
    return walk(visitor, f"{base}/people/{name}/", until=f"{base}/callback/")


def edit(url, **changes):
    """The same with parameters changed, or left out where None."""
    query = {**query_of(url), **changes}
    kept = {name: value for name, value in query.items()
            if value is not None}
    return f"{url.partition('?')[0]}?{urlencode(kept)}"


def refusal(visitor, url):
    answer = visitor.get(url)
    return answer.status, answer.reason


@pytest.mark.parametrize("name, reason", [
    ("RS256", "code_refused"),  # PKCE: the provider refuses
    ("nopkce", "nonce_mismatch"),  # the provider has given us the token
])
def test_code_of_another_login_is_refused(name, reason, base, visitors):
    """AC-090, RFC 9700 4.5: an attacker's code in the victim's callback."""
    attacker, victim = visitors(), visitors()
    code = query_of(callback_of(attacker, base, name))["code"]
    injected = edit(callback_of(victim, base, name), code=code)
    assert refusal(victim, injected) == (400, reason)
    assert victim.get(f"{base}/people/{name}/").status == 302


def test_callback_in_another_browser_is_refused(base, visitors):
    """AC-112."""
    url = callback_of(visitors(), base, "RS256")
    assert refusal(visitors(), url) == (400, "state_unknown")


@pytest.mark.parametrize("iss", ["https://evil.example", None])
def test_callback_with_another_iss_is_refused(iss, base, visitor):
    """AC-120, AC-121, RFC 9207: this provider promises iss."""
    url = callback_of(visitor, base, "RS256")
    assert refusal(visitor, edit(url, iss=iss)) == (
        400, "callback_iss_mismatch")


def test_failed_silent_login_ends_with_an_error_page(base, visitor):
    """AC-118."""
    url = callback_of(visitor, base, "silent")
    assert query_of(url)["error"] == "login_required"
    assert refusal(visitor, url) == (400, "provider_refused")


def test_repeated_callback_redirects_to_the_page(base, visitor):
    """AC-113."""
    url = callback_of(visitor, base, "RS256")
    assert visitor.get(url).location == "/people/RS256/"
    again = visitor.get(url)
    assert (again.status, again.location) == (302, "/")
