# SPDX-License-Identifier: Apache-2.0
"""What a page loads without a session: refused, never led to a login."""

import pytest

LOADS = {
    "fetch": "const r = await fetch(url);"
             "return [r.status, r.redirected, (await r.json()).error];",
    "XMLHttpRequest": "const r = new XMLHttpRequest(); r.open('GET', url);"
                      "await new Promise(d => { r.onloadend = d; r.send(); });"
                      "return r.status;",
    "image": "const i = new Image(); return await new Promise(d => {"
             "i.onload = () => d('shown'); i.onerror = () => d('refused');"
             "i.src = url; });",
    "EventSource": "const s = new EventSource(url); return await new Promise("
                   "d => s.onerror = () => d(s.readyState));",
    "WebSocket": "const s = new WebSocket(url.replace('http', 'ws')); return "
                 "await new Promise(d => s.onclose = e => d(e.code));",
    "frame": "const f = document.createElement('iframe'); return await new "
             "Promise(d => { f.onload = () => d('loaded'); f.src = url;"
             "document.body.append(f); });",
    "script": "const s = document.createElement('script'); return await new "
              "Promise(d => { s.onerror = () => d('refused'); s.src = url;"
              "document.body.append(s); });",
}
SEEN = {"fetch": [401, False, "unauthorized"], "XMLHttpRequest": 401,
        "image": "refused", "EventSource": 2, "WebSocket": 1006,
        "frame": "loaded", "script": "refused"}


def load(browser, kind, url):
    """What the page's own script learns of a load."""
    return browser.run("const url = arguments[0]; return (async () => {"
                       f"{LOADS[kind]} }})();", url)


@pytest.mark.parametrize("kind", LOADS)
def test_load_without_a_session_is_401(kind, site, browser):
    browser.open(site.url("/"))
    url = site.url(f"/people/by-{kind}")
    assert load(browser, kind, url) == SEEN[kind]
    assert f"401 GET /people/by-{kind} [session_missing]" in \
        site.text("access.log")
    # AC-187: and no state of a login that nobody asked for.
    assert browser.cookies("127.0.0.1") == {}


def test_prefetch_starts_no_login(site, browser):
    """AC-131."""
    browser.open(site.url("/"))
    url = site.url("/people/prefetched")
    browser.run("const l = document.createElement('link'); l.rel = 'prefetch';"
                "l.href = arguments[0]; return new Promise(d => {"
                "l.onload = l.onerror = d; document.head.append(l); });", url)
    assert "401 GET /people/prefetched [" in site.text("access.log")
    assert browser.cookies("127.0.0.1") == {}


def test_form_sent_without_a_session_is_401(site, browser):
    """AC-224."""
    browser.open(site.url("/"))
    browser.run("document.body.innerHTML = '<form method=post action="
                "/people/form><button>Send</button></form>'")
    browser.submit()
    browser.wait_for("You are not logged in")
    browser.shot("page-401")
    assert "401 POST /people/form" in site.text("access.log")


def test_script_with_a_session_is_accepted(site, browser, log_in):
    browser.open(site.url("/people/"))
    log_in()
    browser.wait_for("Hello")
    assert browser.run("return fetch('/people/api').then(r => r.status)") == 200


def test_another_site_cannot_read_or_log_out(site, browser, log_in):
    browser.open(site.url("/people/"))
    log_in()
    browser.wait_for("Hello")
    browser.open(site.url("/").replace("127.0.0.1", "localhost"))
    assert load(browser, "image", site.url("/logout")) == "refused"
    assert "403 GET /logout [logout_refused]" in site.text("access.log")
    status = browser.run(
        "return fetch(arguments[0], {credentials: 'include', mode: 'no-cors'})"
        ".then(r => r.status)", site.url("/people/stolen"))
    assert status == 0
    assert "401 GET /people/stolen" in site.text("access.log")
    browser.open(site.url("/people/"))
    browser.wait_for("Hello")


@pytest.mark.parametrize("place", ["bearer", "basic", "opaque", "refresh"])
def test_navigation_to_a_machine_location_starts_no_login(
        place, site, browser, log_in):
    """Neither without a session nor with one, which is none there."""
    url = site.url(f"/machines/{place}")
    browser.open(url)
    browser.wait_for("credential_missing")
    assert browser.url == url
    browser.open(site.url("/people/"))
    log_in()
    browser.wait_for("Hello")
    browser.open(url)
    browser.wait_for("credential_missing")
    assert browser.url == url
