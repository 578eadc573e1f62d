# SPDX-License-Identifier: Apache-2.0
"""Nobody is let in, and no worker ends, because memory ran out or the clock
jumped."""

import http.client

import pytest

from gateway import eventually
from logout_token import logout_token, tell
from mischief import Mischief, build
from sites import COOKIE_STORE, SITE
from visitor import bearer, send

HOUR = 3600
DAY = 24 * HOUR
# A scene takes milliseconds: more logins a second than Cognito would bear.
MORE = "logout_uri /logout; call_rate off; "
INTROSPECTION = """
    oidc_provider opaque {
        issuer @ISSUER@; profile generic;
        client_id @CLIENT_ID@; client_secret @CLIENT_SECRET@;
        introspection_endpoint http://@UPSTREAM@/introspect;
        allowed_clients any;
    }
    server {
        listen 127.0.0.1:@PORT@;
        auth_oidc opaque;
        auth_oidc_methods introspection;
        location / { proxy_pass http://@UPSTREAM@; }
    }
"""
REPORTS = """
    oidc_provider cognito { @PROVIDER@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
        location = /me { auth_oidc cognito; auth_oidc_session_info; }
        location = /status { allow all; auth_oidc_status; }
    }
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return build(tmp_path_factory.mktemp("mischief"))


@pytest.fixture
def mischief(tmp_path, library):
    return Mischief(tmp_path, library)


@pytest.fixture
def start(gateways, pool, mischief):
    """Starts an nginx that meets the mischief."""
    def start(text=SITE, more=MORE):
        site = gateways(MORE=more, RULE="")
        site.environment = mischief.environment
        site.write(text, "worker_processes 1;")
        pool.allow(site.url("/oidc_callback"), site.url("/"))
        return site.start()
    return start


# --- memory ------------------------------------------------------------------

def answer_to(ask):
    """None: nginx had no memory for any."""
    try:
        return ask()
    except (OSError, http.client.HTTPException):
        return None


# As we say it, and as nginx does, with the request.
NO_MEMORY = "out of memory|Cannot allocate memory"


def each_allocation(site, mischief, scene):
    """Plays a scene again and again while its first, second, … allocation
    fails, until none does. A scene gives what is asked, the status that is
    right, and a request after it that must get 200."""
    site.may_say = NO_MEMORY
    eventually(lambda: scene()[2](None).status == 200)
    for number in range(1, 2000):
        ask, right, ask_again = scene()
        mischief.fail(site.workers[0], number)
        answer = answer_to(ask)
        failed = mischief.end()
        assert answer is None or answer.status == right or \
            answer.status in (500, 502, 503), (number, answer)
        again = ask_again(answer)
        assert again.status == 200, (number, answer, again)
        assert site.living_workers() == site.workers
        if not failed:
            assert answer.status == right
            assert number > 5  # more than nginx needs to read a request
            return
    raise AssertionError("it allocates for ever")


def test_failed_allocation_for_a_new_token_admits_or_fails_safely(
        start, mischief, pool):
    """AC-363."""
    site = start()

    def scene():
        token = bearer(pool.issue())
        return (lambda: send("GET", site.url("/"), token), 200,
                lambda _: send("GET", site.url("/"), token))
    each_allocation(site, mischief, scene)


def test_failed_allocation_never_admits_a_forged_token(start, mischief, pool):
    """AC-363: never allow."""
    site = start()
    good = bearer(pool.issue())

    def scene():
        head, _, signature = pool.issue().rpartition(".")
        forged = bearer(f"{head}.{signature[::-1]}")
        return (lambda: send("GET", site.url("/"), forged), 401,
                lambda _: send("GET", site.url("/"), good))
    each_allocation(site, mischief, scene)


def test_failed_allocation_never_admits_a_missing_credential(
        start, mischief, visitors, store):
    """AC-363: never allow."""
    site = start(more=MORE + store)

    def scene():
        visitor = visitors()
        return (lambda: visitor.get(site.url("/")), 302,
                lambda _: visitor.open(site.url("/")))
    each_allocation(site, mischief, scene)


@pytest.mark.slow
def test_failed_allocation_during_a_login_fails_safely(
        start, mischief, visitors, store):
    """AC-363, AC-364: within nginx's handlers and libcurl's callbacks."""
    site = start(more=MORE + store)

    def scene():
        visitor = visitors()
        callback = visitor.callback_for(site.url("/"))
        return (lambda: visitor.get(callback), 302,
                lambda answer: visitor.get(site.url("/"))
                if answer and answer.status == 302
                else visitor.open(site.url("/")))
    each_allocation(site, mischief, scene)


def test_failed_allocation_does_not_end_a_session(
        start, mischief, visitor, store):
    """AC-363: and it is no reason to end it."""
    site = start(more=MORE + store)
    visitor.open(site.url("/"))
    session = visitor.session

    def scene():
        def ask_again(_):
            assert visitor.session == session
            return visitor.get(site.url("/"))
        return lambda: visitor.get(site.url("/")), 200, ask_again
    each_allocation(site, mischief, scene)


@pytest.mark.slow
def test_failed_allocation_does_not_fake_a_logout(
        start, mischief, visitors, store):
    """AC-363: whoever is told so has been logged out."""
    site = start(more=MORE + store)

    def scene():
        visitor = visitors()
        visitor.open(site.url("/"))
        old = visitor.jar.header("127.0.0.1", "/", False)

        def ask_again(answer):
            if answer and answer.status == 302:
                assert visitor.jar.header("127.0.0.1", "/", False) == ""
                if not store:
                    assert send("GET", site.url("/"),
                                {"Cookie": old}).status == 401
            return visitor.open(site.url("/"))
        return lambda: visitor.get(site.url("/logout")), 302, ask_again
    each_allocation(site, mischief, scene)


def test_failed_allocation_during_introspection_fails_safely(
        start, mischief, upstream):
    """AC-363, AC-364: who waits for the same call is not left behind."""
    upstream.answers["/introspect"] = (
        200, {"Content-Type": "application/json"},
        '{"active": true, "client_id": "app-1", "exp": 4102444800}')
    site = start(INTROSPECTION)
    shown = []

    def ask(number):
        return send("GET", site.url("/"), bearer(f"opaque-{number}"))

    def scene():
        shown.append(len(shown))
        return (lambda: ask(shown[-1]), 200, lambda _: ask(-shown[-1] - 1))
    each_allocation(site, mischief, scene)
    for number in shown:  # a call that failed is not repeated at once
        eventually(lambda: ask(number).status == 200)


def test_failed_allocation_never_admits_a_refused_opaque_token(
        start, mischief, upstream):
    """AC-363: never allow. The application sees nothing of it, whatever
    becomes of the request while it waits."""
    upstream.answers["/introspect"] = (
        200, {"Content-Type": "application/json"}, '{"active": false}')
    site = start(INTROSPECTION.replace(
        "location / {", "location /open/ { auth_oidc off;"
        " proxy_pass http://@UPSTREAM@; } location / {"))
    shown = []

    def scene():
        shown.append(len(shown))
        return (lambda: send("GET", site.url("/"),
                             bearer(f"opaque-{shown[-1]}")), 401,
                lambda _: send("GET", site.url("/open/")))
    each_allocation(site, mischief, scene)
    assert {one["uri"] for one in upstream.requests} == \
        {"/introspect", "/open/"}


@pytest.mark.slow
def test_failed_allocation_during_a_refresh_keeps_the_session(
        start, mischief, pool, visitors):
    """AC-363, AC-364: it is refreshed later."""
    pool.settings(access_token_validity=120)
    site = start(more=MORE + COOKIE_STORE)

    def scene():
        mischief.clock(0)
        visitor = visitors()
        eventually(lambda: visitor.open(site.url("/")).status == 200)
        mischief.clock(115)

        def ask_again(_):
            mischief.clock(0)
            eventually(lambda: visitor.open(site.url("/")).status == 200)
            return visitor.get(site.url("/"))
        return lambda: visitor.get(site.url("/")), 200, ask_again
    each_allocation(site, mischief, scene)
    assert pool.count("token.refresh_token") > 10


def test_failed_allocation_during_a_backchannel_logout_is_repeatable(
        start, mischief, pool):
    """AC-363: told again, it is done."""
    site = start(more="backchannel_logout_uri /back;")

    def scene():
        token = logout_token(pool)
        return (lambda: tell(site, token), 200,
                lambda _: tell(site, logout_token(pool)))
    each_allocation(site, mischief, scene)


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_keys")
def test_failed_allocation_during_a_key_fetch_is_retried(start, mischief, pool):
    """AC-363, AC-364: the next one is made all the same, and no key is
    missing from then on."""
    site = start()
    site.may_say = NO_MEMORY
    fetched = 1

    def is_fetched():
        return pool.count("jwks") > fetched
    eventually(lambda: pool.count("jwks") == fetched)
    for number in range(5, 90, 12):
        pool.keys(action="rotate", which="both", keep_old=False)
        mischief.clock((number + 1) * HOUR)  # they are old now
        mischief.fail(site.workers[0], number)
        eventually(lambda: mischief.has_failed() or is_fetched())
        if not mischief.end():
            break
        fetched = pool.count("jwks")
        mischief.clock((number + 4) * HOUR)
        eventually(is_fetched, 20)
        token = bearer(pool.issue(shift={"exp": (number + 4) * HOUR}))
        assert send("GET", site.url("/"), token).status == 200
        fetched = pool.count("jwks")
    assert number > 5


@pytest.mark.parametrize("path", ["/me", "/status",
                                  "/status?format=prometheus"])
def test_failed_allocation_in_status_and_session_info_fails_safely(
        start, mischief, visitor, path):
    """AC-363."""
    site = start(REPORTS)
    assert visitor.open(site.url("/")).status == 200

    def scene():
        return (lambda: visitor.get(site.url(path)), 200,
                lambda _: visitor.get(site.url(path)))
    each_allocation(site, mischief, scene)


# --- the clock ---------------------------------------------------------------

def test_clock_jump_ahead_expires_credentials_until_it_is_undone(
        start, mischief, pool, visitor):
    """AC-388: what has expired is refused, and good again when it has not."""
    site = start()
    token = bearer(pool.issue())
    assert visitor.open(site.url("/")).status == 200
    assert send("GET", site.url("/"), token).status == 200
    mischief.clock(DAY)
    eventually(lambda: send("GET", site.url("/"), token).reason ==
               "token_expired")
    assert visitor.get(site.url("/")).status == 302
    mischief.clock(0)
    eventually(lambda: send("GET", site.url("/"), token).status == 200)
    assert visitor.open(site.url("/")).status == 200


def test_clock_jump_back_refuses_tokens_of_the_future(start, mischief, pool):
    """AC-388: a token of the future is refused; keys that were not to be had
    are asked for again by a clock that does not jump."""
    pool.faults(jwks={"mode": "status", "status": 500})
    site = start()
    future = bearer(pool.issue())
    past = bearer(pool.issue(shift={"iat": -DAY, "exp": -DAY + HOUR}))
    assert send("GET", site.url("/"), future).status == 503
    mischief.clock(-DAY)
    pool.faults(jwks=None)
    eventually(lambda: send("GET", site.url("/"), past).status == 200)
    assert send("GET", site.url("/"), future).reason == "iat_invalid"
