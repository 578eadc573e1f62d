# SPDX-License-Identifier: Apache-2.0
"""Return addresses: honest ones, and the tricks of open redirects."""

from itertools import product

# What leads a reader of URLs away from a path of our own, or pretends to.
LEADS = [
    "", "/", "//", "///", "////", "/////",
    "\\", "\\\\", "/\\", "\\/", "/\\/", "//\\", "/\\\\",
    " /", " //", "/ /", "\t//", "/\t/", "/\n/", "/\r/", "/\r\n/", "\n//",
    "/\t\\", "\x00//", "/\x00/", "\x01//", "/\x0b/", "/\x0c/", "\x1f//",
    "/\x7f/", "/\x85/", "\xa0//", "\u3000//", "/\u2028/", "\ufeff//",
    "/\uff0f", "\uff0f\uff0f", "/\u2215", "/\u29f8", "/\u3002",
    "/%2f", "/%2F", "/%5c", "/%5C", "%2f%2f", "/%09/", "/%0a/", "/%0d%0a/",
    "/%00/", "/%20/", "/%252f", "/%c0%af", "/%ef%bc%8f", "/%E2%80%8B/",
    "/.", "/./", "/.//", "/./\\", "/.\t//", "/.%09//", "/././/", "/..",
    "/../", "/..//", "/../..//", "/.\\/", "/..\\\\", "/%2e//", "/%2E//",
    "/%2e/%2e//", "/%2e%2e//", "/.%2e//", "/%2e.//", "/%2E%2e//",
    "/a/..//", "/a/%2e%2e//", "/a/b/../..//", "/a/../b/..//", "/a//../..//",
    "/a/../../..//", "/a/./..//", "/./a/.././/", "/;//", "/a;/..//",
    "/?/..//", "/#/..//", "?//", "#//", "?", "#", "/?//", "/#//", "/&//",
    "http:", "https:", "http:/", "https:/", "http://", "https://", "https:///",
    "HtTpS://", "https:\\\\", "https:/\\", "ht\ttps://", "https\n://",
    " https://", "\x00https://", "http:/a/../", "https:./", "https:../",
    "ftp://", "ws://", "file://", "file:///", "javascript:", "JaVaScRiPt:",
    "java\nscript:", "javascript://", "data:text/html,", "vbscript:",
    "blob:https://", "about:", "mailto:", "view-source:https://",
    "intent://", "//https://", "//https:", "/https://", "/https:", "/http:/",
    ":", "://", ":80//", "/:80//", ":@", "@", "/@", "//@", "//:@", "//user@",
    "//app.example@", "//app.example:443@", "//app.example\\@",
    "https://app.example@", "https://app.example.", "https://app.example%2f@",
    "https://app.example\\.", "//app.example%00", "//app.example#@",
    ".", "..", "../", "./", ".//", "..//", "~//", "/~//", "*", "/*//",
    "%", "/%/", "/%zz//", "/%u002f", "/\u00ff/", "/[", "/]//", "/|//", "/^//",
]

# Where to.
HOSTS = [
    "evil.example", "evil.example/", "evil.example/%2e%2e",
    "evil.example/%2f..", "evil.example:443/a",
    "evil.example?x", "evil.example#x",
    "evil%2eexample", "evil\u3002example", "\uff45vil.example",
    "app.example.evil.example", "app.example@evil.example",
    "evil.example@app.example", "evil.example\\@app.example",
    "evil.example;@app.example", "[::1]", "2130706433", "0x7f.1", "",
]

# What a user may well have asked for: each must be kept.
HONEST = [
    "/", "/a", "/a/", "/a/b/c.html", "/?", "/?a=1&b=%26", "/a?b=c&d=e#frag",
    "/a//b", "/a/../b", "/a/./b", "/a/..", "/..", "/../a", "/%2e%2e/a",
    "/%2f%2fevil.example", "/%5cevil.example", "/@evil.example",
    "/a?next=https://evil.example/", "/a?next=//evil.example", "/?//evil",
    "/#//evil.example", "/a:b", "/:80", "/https://evil.example", "/a%20b",
    "/%C3%A9?%C3%A9", "/~jane/", "/a;b=c", "/*", "/a'b", "/a(b)", "/a|b",
    "/a^b", "/a{b}", "/[::1]", "/%", "/%zz", "/a?%00", "/a?x=%0d%0aSet-Cookie",
    "/.evil.example", "/..evil.example", "/...//a", "/" + "a" * 2047,
]

TOO_LONG = ["/" + "a" * length for length in (2048, 8 << 10, 64 << 10)]


def tricks():
    """Every lead with every host, once each."""
    found = (lead + host for lead, host in product(LEADS, HOSTS))
    return list(dict.fromkeys(found))


def request_targets():
    """The tricks that nginx takes for a request line, each lead once or
    twice: what a user's own request may look like when the login begins."""
    hosts = ("evil.example", "evil.example/%2e%2e")
    found = (lead + host for lead, host in product(LEADS, hosts))
    return [target for target in dict.fromkeys(found)
            if target.startswith("/") and target.isascii()
            and all(" " < letter < "\x7f" for letter in target)]
