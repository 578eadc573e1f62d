# SPDX-License-Identifier: Apache-2.0
"""Reads what `nginx -T` prints: directives in blocks, includes in place."""

import fnmatch
import os
import re
from dataclasses import dataclass, field

FILE = re.compile(r"^# configuration file (/.*):$", re.M)
MAX_DEPTH = 32  # blocks in blocks, and files in files

# A word in quotes, a word without, a comment, or what ends a directive.
TOKEN = re.compile(
    r"""(?P<blank>\s+) | (?P<comment>\#[^\n]*) | (?P<end>[;{}]) |
        "(?P<double>(?:[^"\\]|\\.)*)" | '(?P<single>(?:[^'\\]|\\.)*)' |
        (?P<word>(?:\\.|\$\{|[^\s;{\\])(?:\\.|\$\{|[^\s;{\\])*)""",
    re.X | re.S)
ESCAPED = re.compile(r"\\(.)", re.S)
WRITTEN = {"t": "\t", "r": "\r", "n": "\n"}
LUA = re.compile(r"\w+_by_lua_block")


class ConfError(Exception):
    """The text is not what nginx -T prints."""


@dataclass
class Directive:
    name: str
    values: list
    block: list = field(default_factory=list)

    def all(self, name):
        return [one for one in self.block if one.name == name]

    def values_of(self, name):
        """Of the last directive of this name; empty if there is none."""
        found = self.all(name)
        return found[-1].values if found else []

    def value(self, name, default=""):
        return next(iter(self.values_of(name)), default)

    def set(self, name, value):
        self.block.append(Directive(name, [value]))

    def walk(self):
        for one in self.block:
            yield one
            yield from one.walk()


def unescaped(text):
    """As nginx reads it: other backslashes stay, for regular expressions."""
    return ESCAPED.sub(lambda m: WRITTEN.get(
        m[1], m[1] if m[1] in "\"'\\ ;{}" else m[0]), text)


def tokens(text):
    """Pairs of a word and whether it ends a directive."""
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise ConfError("a word in quotes does not end")
        at, kind = found.end(), found.lastgroup
        if kind == "end":
            yield found[0], True
        elif kind in ("double", "single", "word"):
            yield unescaped(found[kind]), False


def without_lua(text):
    """The blocks of Lua taken out, whose braces are not nginx's."""
    parts, at = [], 0
    for found in LUA.finditer(text):
        if found.start() < at:
            continue
        opening = text.find("{", found.end())
        depth, end = 0, opening
        while 0 <= opening and end < len(text):
            depth += (text[end] == "{") - (text[end] == "}")
            end += 1
            if depth == 0:
                break
        parts += [text[at:opening], "{}"]
        at = end
    return "".join(parts) + text[at:]


class Dump:
    """The files of one `nginx -T`, by their paths."""

    def __init__(self, text):
        parts = FILE.split(text)
        if len(parts) < 3:
            raise ConfError("this is not what nginx -T prints")
        self.files = dict(zip(parts[1::2], parts[2::2]))
        self.path = parts[1]  # the first file is nginx.conf

    @property
    def folder(self):
        return os.path.dirname(self.path)

    def place(self, path):
        """A path of the configuration, as nginx takes it."""
        return os.path.join(self.folder, path)

    def read(self):
        root = Directive("", [])
        self._read_file(self.path, root, 0)
        return root

    def _read_file(self, path, into, depth):
        if depth > MAX_DEPTH:
            raise ConfError("files include each other")
        stream = tokens(without_lua(self.files[path]))
        self._read_block(stream, into, depth)

    def _read_block(self, stream, into, depth):
        if depth > MAX_DEPTH:
            raise ConfError("the blocks are too deep")
        words = []
        for word, ends in stream:
            if not ends:
                words.append(word)
                continue
            if word == "}":
                return
            if words:
                self._add(words, word, stream, into, depth)
            words = []

    def _add(self, words, end, stream, into, depth):
        if words[0] == "include" and end == ";":
            for path in self._included(words[1:]):
                self._read_file(path, into, depth + 1)
            return
        one = Directive(words[0], words[1:])
        into.block.append(one)
        if end == "{":
            self._read_block(stream, one, depth + 1)

    def _included(self, patterns):
        for pattern in patterns:
            full = self.place(pattern)
            # As glob(3) does it: a star is no slash.
            yield from (path for path in sorted(self.files)
                        if path == full or (
                            path.count("/") == full.count("/") and
                            fnmatch.fnmatchcase(path, full)))
