# SPDX-License-Identifier: Apache-2.0
"""Lint: who may include whom. The rooms of src/ and the ways between them."""

import re

from tree import check, lines

OUTER = ["base", "crypto", "jose"]
ROOT = ["oidc", *OUTER]
LIBRARY = ["base", "crypto", "store", "metrics", "jose", "oidc"]

# Each room, and the rooms it may include. `oidc` is the vocabulary that its
# rooms share; `ngx` is what all of the shell does.
ROOMS = {
    "base": [],
    "crypto": ["base"],
    "store": ["base"],
    "metrics": ["base"],
    "redis": ["base"],
    "jose": ["base", "crypto"],
    "oidc": OUTER,
    "oidc/provider": ROOT,
    "oidc/web": ROOT,
    "oidc/memory": ROOT,
    "oidc/token": [*ROOT, "oidc/memory"],
    "oidc/session": [*ROOT, "oidc/provider", "oidc/web", "oidc/token",
                     "oidc/memory"],
    "oidc/credential": [*ROOT, "oidc/provider", "oidc/web", "oidc/token",
                        "oidc/memory"],
    "oidc/login": [*ROOT, "oidc/provider", "oidc/web", "oidc/token",
                   "oidc/session"],
    "oidc/logout": [*ROOT, "oidc/provider", "oidc/web", "oidc/token",
                    "oidc/session"],
    "oidc/access": [*ROOT, "oidc/provider", "oidc/web", "oidc/token",
                    "oidc/memory", "oidc/session", "oidc/credential",
                    "oidc/login"],
}
CORE = list(ROOMS)
ROOMS |= {
    "ngx": CORE,
    "ngx/conf": [*CORE, "ngx"],
    "ngx/worker": [*CORE, "ngx", "ngx/conf"],
    "ngx/request": [*CORE, "ngx", "ngx/conf", "ngx/worker"],
}

# The phases of the module stand above all rooms.
TOP = "src/ngx/module.cpp"

# What comes from outside, and the only places that may include it.
OUTSIDE = [
    (r"openssl/", r"src/crypto/"),
    (r"jansson\.h", r"src/base/json\.cpp"),
    (r"curl/", r"src/ngx/worker/fetch"),
    (r"hiredis/", r"src/redis/protocol\.cpp"),
    (r"ngx_", r"src/ngx/ngx\.hpp"),
    (r"(string|arpa/inet)\.h", r"src/base/"),  # explicit_bzero, inet_pton
    (r".*[./]", r"src/ngx/"),  # neither ours nor the standard library's
]

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)')


def room_of(path):
    """The room of a file below src/."""
    return path.rpartition("/")[0]


def refusal(path, kind, target):
    """Why `path` may not include `target`, or nothing."""
    if kind == "<":
        for what, where in OUTSIDE:
            if re.match(what, target):
                return None if re.match(where, path) else \
                    f"<{target}> is for {where} alone"
        return None
    room, other = room_of(path.removeprefix("src/")), room_of(target)
    if room not in ROOMS:
        return f"there is no room {room}"
    if other not in ROOMS:
        return f'"{target}" is not written as "room/name"'
    if other != room and other not in ROOMS[room] and path != TOP:
        return f"{room} may not include {other}"
    return None


def layers(tree):
    for path, text in tree.items():
        if not re.fullmatch(r"src/.*\.(cpp|hpp|def)", path):
            continue
        for number, line in lines(text):
            if found := INCLUDE.match(line):
                if why := refusal(path, *found.groups()):
                    yield f"{path}:{number}: {why}"


if __name__ == "__main__":
    check(layers, bad=[
        {"src/base/url.cpp": '#include "crypto/hmac.hpp"\n'},
        {"src/jose/jwk.cpp": "# include <openssl/evp.h>\n"},
        {"src/oidc/flow.hpp": '#include "store/arena.hpp"\n'},
        {"src/oidc/flow.hpp": '#include "oidc/web/pages.hpp"\n'},
        {"src/oidc/token/a.cpp": '#include "oidc/session/record.hpp"\n'},
        {"src/ngx/worker/a.cpp": '#include "ngx/request/headers.hpp"\n'},
        {"src/base/url.cpp": "#include <jansson.h>\n"},
        {"src/ngx/request/a.cpp": "#include <ngx_http.h>\n"},
        {"src/ngx/request/a.cpp": "#include <curl/curl.h>\n"},
        {"src/store/arena.cpp": "#include <sys/mman.h>\n"},
        {"src/base/url.cpp": '#include "byte_io.hpp"\n'},
        {"src/attic/url.cpp": '#include "base/byte_io.hpp"\n'},
    ], good=[
        {"src/ngx/worker/fetch.cpp":
         '#include <curl/curl.h>\n#include "base/url.hpp"\n',
         "src/ngx/ngx.hpp": "#include <ngx_http.h>\n",
         "src/ngx/module.cpp": '#include "ngx/request/access_handler.hpp"\n',
         "src/oidc/login/a.cpp": '#include "oidc/session/record.hpp"\n',
         "src/crypto/hmac.cpp": "#include <openssl/evp.h>\n#include <span>\n",
         "src/base/json.cpp": "#include <jansson.h>\n",
         "t/unit/base/url_test.cpp": '#include "base/url.hpp"\n'},
    ])
