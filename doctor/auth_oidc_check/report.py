# SPDX-License-Identifier: Apache-2.0
"""The table, and what may stand in it."""

import base64
import re
import textwrap
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

OK, NOTE, UNKNOWN, FAULT = "ok", "note", "unknown", "FAULT"

WIDTH = 79
MAX_SHOWN = 200  # of what a provider says
MIN_SECRET = 4  # a shorter one would mask parts of words


@dataclass
class Row:
    subject: str
    check: str
    state: str
    text: str
    cure: str = ""


def shown(text):
    """What others wrote, on one line, without control characters."""
    clean = "".join(c if c.isprintable() else "?" for c in str(text))
    return clean if len(clean) <= MAX_SHOWN else clean[:MAX_SHOWN] + "…"


def error_word(text):
    """An error code of a provider, which is a word; what it says beside it
    may repeat what was sent."""
    return text if isinstance(text, str) and re.fullmatch(
        r"[A-Za-z0-9_.-]{1,60}", text) else "no error code"


class Report:
    """Collects rows. A secret that a provider sends back is not shown."""

    def __init__(self):
        self.rows = []
        self._secrets = set()

    def hide(self, secret):
        if len(secret) < MIN_SECRET:
            return
        self._secrets |= {
            secret, quote(secret, safe=""), quote_plus(secret),
            base64.b64encode(secret.encode()).decode()}

    def masked(self, text):
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "(secret)")
        return text

    def add(self, subject, check, state, text, cure=""):
        self.rows.append(Row(subject, check, state, self.masked(text),
                             self.masked(cure)))

    def count(self, state):
        return sum(row.state == state for row in self.rows)

    def table(self, quiet=False):
        rows = [row for row in self.rows
                if not quiet or row.state == FAULT]
        names = max([len(row.subject) for row in rows] + [5])
        checks = max([len(row.check) for row in rows] + [5])
        head = f"{'state':7}  {'where':{names}}  {'check':{checks}}  "
        yield head + "what"
        for row in rows:
            lead = f"{row.state:7}  {row.subject:{names}}  " \
                f"{row.check:{checks}}  "
            lines = self._wrapped(row.text, len(lead))
            if row.cure:
                lines += self._wrapped("→ " + row.cure, len(lead))
            yield lead + lines[0]
            yield from (" " * len(lead) + line for line in lines[1:])

    @staticmethod
    def _wrapped(text, used):
        return textwrap.wrap(text, max(WIDTH - used, 36),
                             break_long_words=False,
                             break_on_hyphens=False) or [""]

    def summary(self):
        said = f"{len(self.rows)} checks: {self.count(FAULT)} faults"
        for state, word in ((UNKNOWN, "could not be made"),
                            (NOTE, "notes")):
            if count := self.count(state):
                said += f", {count} {word}"
        return said
