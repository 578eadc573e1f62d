# SPDX-License-Identifier: Apache-2.0
"""The rows of the table: the request of each, and its bound."""

from functools import partial
from statistics import median

import machine
from compare import Row, against, cpu, spread, there_and_back
from load import Wrong, busy, window

WITHOUT = {"Accept": "*/*"}  # no credential: no page that could log in
PERSON = {"Accept": "*/*"}


def checked(pair, refused=401):
    """Both answer as they must, and ours not without the credential."""
    for target in pair:
        target.check()
    if refused:
        pair[1].check(WITHOUT, refused)
    return pair


def simple(name, what, bound, port, path, credential, stand, effort, micro):
    headers = credential(stand)
    pair = stand.pair(port, path, headers=headers)
    return against(name, what, bound, checked(pair), effort)


def off(stand, effort, micro):
    pair = stand.pair("plain", "/off", headers=stand.bearer())
    return against("off", "module loaded, location without it", 0.99,
                   checked(pair, refused=None), effort)


def deny(stand, effort, micro):
    pair = stand.pair("plain", "/deny", headers=PERSON, status=401, body=None)
    pair[1].body = '{"error":"unauthorized","message":"Unauthorized"}'
    return against("deny", "no credential: 401, challenge and body; base: "
                   "nginx's own return 401", 0.90,
                   checked(pair, refused=None), effort)


def session_redis(stand, effort, micro):
    """Both with the module: the store is the only difference."""
    pair = [stand.target(stand.module, store, "/proxy",
                         headers={**PERSON, **stand.session(store)})
            for store in ("memory", "redis")]
    return against("session_redis", "the same session in Redis and in memory, "
                   "known to this nginx", 0.98, checked(pair), effort)


def many(stand, effort, micro):
    pair = stand.pair("plain", "/bearer",
                      tokens=stand.rs256.tokens(effort.many))
    checked(pair)
    warm(pair[1], effort.many)
    return against("bearer_hot_100k", f"{effort.many:,} RS256 tokens in turn, "
                   "all cached", 0.80, pair, effort)


def warm(target, count):
    """Until the target has met so many requests."""
    met = 0
    while met < count:
        met += window(target, 5 if count > 10_000 else 1).requests


PIECES = 8  # that new tokens come in


def cold(name, purse, benchmark, bound, stand, effort, micro):
    """Every token new: for each round nginx, and with it all caches, starts
    anew, and meets others first, so that its memory is its own. For each few
    of the new ones nginx without the module is measured beside it, and
    OpenSSL's bare verification, while the load's core is as busy."""
    met, *pieces = purse(stand).pieces(
        [effort.before] + [effort.cold // PIECES] * PIECES)
    pairs = [stand.pair("plain", "/bearer", tokens=piece, once=True)
             for piece in pieces]
    checked(pairs[0])
    others = stand.target(stand.module, "plain", "/bearer", tokens=met,
                          once=True)
    seen = []
    for _ in range(max(effort.rounds // 2, 1)):
        stand.module.restart()
        others.check()  # waits for the keys
        window(others, 2 + effort.before // 5000)
        for pair in pairs:
            b, o = (window(target, effort.seconds).cpu for target in pair)
            with busy(f"http://127.0.0.1:{stand.app_port}/answer",
                      machine.LOAD):
                seen.append((b, o, micro.time_us(benchmark, again=True)))
    above = [(o - b) / v for b, o, v in seen]
    bases, owns, bares = (median(one) for one in zip(*seen))
    return Row(name, f"every token new; bare verification {bares:.1f} µs",
               f"≤ base + {bound:.2f} × bare", bases / owns, owns, bases,
               spread(above), median(above) <= bound,
               {"verification_us": bares,
                "above_base_in_verifications": median(above)})


def scale_workers(stand, effort, micro):
    """CPU a request with two workers on two cores against one: a lock that
    is fought for burns it."""
    two = {"workers": 2, "cores": machine.BOTH}
    servers = [stand.base, stand.start(stand.main_server("base2", False,
                                                         **two)),
               stand.module, stand.start(stand.main_server("module2", True,
                                                           **two))]
    targets = [stand.target(server, "plain", "/bearer",
                            headers=stand.bearer()) for server in servers]
    for target in targets:
        target.cores = machine.BOTH
    checked(targets[::2])
    checked(targets[1::2])
    rounds = [[cpu(pair) for pair in there_and_back(targets, effort.seconds)]
              for _ in range(effort.rounds)]
    scaling = [(o1 / o2) / (b1 / b2) for b1, b2, o1, o2 in rounds]
    one, two, ours_one, ours_two = map(median, zip(*rounds))
    for server in servers[1::2]:
        server.stop()
    ratio = median(scaling)
    return Row("scale_workers", "2 workers against 1, hot bearer; beside "
               "nginx's own scaling", "≥ 0.95", ratio, ours_two, two,
               spread(scaling), ratio >= 0.95,
               {"one_worker_cpu_us": ours_one,
                "one_worker_base_cpu_us": one})


def scale_sessions(stand, effort, micro):
    pairs = [[micro.time_us(f"session_open/live:{n}", again=True)
              for n in (1000, 1_000_000)] for _ in range(effort.rounds)]
    few, lots = (median(times) for times in zip(*pairs))
    return Row("scale_sessions", "a session found and opened, 1,000,000 live "
               "against 1,000, in process", "cost ≤ 1.15 ×", lots / few, lots,
               few, spread([b / a for a, b in pairs]), lots / few <= 1.15,
               {"found_alone_us": [
                   micro.time_us(f"session_find_any/live:{n}")
                   for n in (1000, 1_000_000)]})


def rule_holds_first(stand):
    """Nothing is measured of a module that lets everything pass."""
    target = stand.target(stand.module, "plain", "/bearer",
                          headers={"Authorization": "Bearer a.b.c"},
                          status=401, body='"error":"invalid_token"')
    target.check()
    if stand.rs256.first() == stand.rs256.mint.token():
        raise Wrong("two tokens are the same")


BEARER = {
    "bearer_hot": ("one RS256 token again and again, one scope rule, a file "
                   "behind it", 0.92, "plain", "/bearer"),
    "bearer_hot_4k": ("the same with client_header_buffer_size 4k, in both",
                      None, "wide", "/bearer"),
    "bearer_hot_proxy": ("the same, one claim and the token to an upstream",
                         0.95, "plain", "/bearer-proxy"),
}
PEOPLE = {
    "session_memory": ("session in shared memory, claim and access token to "
                       "an upstream", 0.93, "memory", "/proxy"),
    "session_cookie": ("session in sealed cookies, a file behind it", 0.85,
                       "cookie", "/file"),
}


def person(store):
    return lambda stand: {**PERSON, **stand.session(store)}


def rows():
    """By name, in the table's order."""
    table = {"off": off, "deny": deny}
    for name, (what, bound, port, path) in BEARER.items():
        table[name] = partial(simple, name, what, bound, port, path,
                              lambda stand: stand.bearer())
    for name, (what, bound, port, path) in PEOPLE.items():
        table[name] = partial(simple, name, what, bound, port, path,
                              person(port))
    table["session_redis"] = session_redis
    table["basic_hot"] = partial(
        simple, "basic_hot", "client id and secret by Basic, swapped and "
        "cached, a file behind it", 0.90, "basic", "/file",
        lambda stand: stand.basic())
    table["bearer_hot_100k"] = many
    table["bearer_cold_rs256"] = partial(
        cold, "bearer_cold_rs256", lambda s: s.rs256, "bare_RS256",
        1.40)
    table["bearer_cold_es256"] = partial(
        cold, "bearer_cold_es256", lambda s: s.es256, "bare_ES256",
        1.25)
    table["scale_workers"] = scale_workers
    table["scale_sessions"] = scale_sessions
    return table
