# SPDX-License-Identifier: Apache-2.0
"""The cookies of a browser (RFC 6265bis): per host and not per port, without
`__Host-` and Secure cookies that it must not keep."""

from dataclasses import dataclass


@dataclass
class Cookie:
    name: str
    value: str
    attributes: dict

    @staticmethod
    def parse(line):
        pair, *rest = line.split(";")
        name, _, value = pair.strip().partition("=")
        attributes = {}
        for attribute in rest:
            key, _, given = attribute.strip().partition("=")
            attributes[key.lower()] = given
        return Cookie(name, value, attributes)

    def may_be_kept(self, secure):
        if "secure" in self.attributes and not secure:
            return False
        if self.name.startswith("__Host-"):
            return ("secure" in self.attributes
                    and self.attributes.get("path") == "/"
                    and "domain" not in self.attributes)
        return True


class Jar:
    def __init__(self):
        self._kept = {}
        self.seen = set()

    def take(self, host, secure, lines):
        """What a response sets; values are remembered for ever in `seen`."""
        for cookie in map(Cookie.parse, lines):
            self.seen.add(cookie.value)
            if not cookie.may_be_kept(secure):
                continue
            key = (host, cookie.name, cookie.attributes.get("path", "/"))
            self._kept.pop(key, None)
            if cookie.attributes.get("max-age") != "0":
                self._kept[key] = cookie

    def header(self, host, path, secure):
        return "; ".join(
            f"{cookie.name}={cookie.value}"
            for (of, _, below), cookie in self._kept.items()
            if of == host and path.startswith(below)
            and (secure or "secure" not in cookie.attributes))

    def names(self, host="127.0.0.1"):
        return [name for of, name, _ in self._kept if of == host]

    def value(self, name, host="127.0.0.1"):
        return self._kept[host, name, "/"].value

    def put(self, name, value, host="127.0.0.1"):
        self._kept[host, name, "/"] = Cookie(name, value, {"path": "/"})

    def clear(self, host="127.0.0.1"):
        for key in [key for key in self._kept if key[0] == host]:
            del self._kept[key]
