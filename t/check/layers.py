"""Lint: who may include what. The rooms of src/ and the way between them."""

import re

from tree import check, lines

ROOMS = {
    "base": [],
    "crypto": ["base"],
    "store": ["base"],
    "metrics": ["base"],
    "jose": ["base", "crypto"],
    "session": ["base", "crypto"],
    "oidc": ["base", "crypto", "jose", "session"],
    "ngx": ["base", "crypto", "store", "metrics", "jose", "session", "oidc"],
}

# What comes from outside, and the only places that may include it.
OUTSIDE = [
    (r"openssl/", r"src/crypto/"),
    (r"jansson\.h", r"src/base/json\.cpp"),
    (r"curl/", r"src/ngx/fetch"),
    (r"ngx_", r"src/ngx/ngx\.hpp"),
    (r"(string|arpa/inet)\.h", r"src/base/"),  # explicit_bzero, inet_pton
    (r".*[./]", r"src/ngx/"),  # neither ours nor the standard library's
]

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)')


def refusal(path, kind, target):
    """Why `path` may not include `target`, or nothing."""
    if kind == "<":
        for what, where in OUTSIDE:
            if re.match(what, target):
                return None if re.match(where, path) else \
                    f"<{target}> is for {where} alone"
        return None
    room, other = path.split("/")[1], target.split("/")[0]
    if room not in ROOMS:
        return f"there is no room {room}"
    if "/" not in target or other not in ROOMS:
        return f'"{target}" is not written as "room/name"'
    if other != room and other not in ROOMS[room]:
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


check(layers, bad=[
    {"src/base/uri.cpp": '#include "crypto/hmac.hpp"\n'},
    {"src/jose/jwk.cpp": "# include <openssl/evp.h>\n"},
    {"src/oidc/flow.hpp": '#include "store/arena.hpp"\n'},
    {"src/base/uri.cpp": "#include <jansson.h>\n"},
    {"src/ngx/access.cpp": "#include <ngx_http.h>\n"},
    {"src/ngx/access.cpp": "#include <curl/curl.h>\n"},
    {"src/store/arena.cpp": "#include <sys/mman.h>\n"},
    {"src/base/uri.cpp": '#include "cursor.hpp"\n'},
    {"src/attic/uri.cpp": '#include "base/cursor.hpp"\n'},
], good=[
    {"src/ngx/fetch.cpp": '#include <curl/curl.h>\n#include "base/uri.hpp"\n',
     "src/ngx/ngx.hpp": "#include <ngx_http.h>\n",
     "src/crypto/hmac.cpp": "#include <openssl/evp.h>\n#include <span>\n",
     "src/base/json.cpp": "#include <jansson.h>\n",
     "t/unit/base/uri_test.cpp": '#include "base/uri.hpp"\n'},
])
