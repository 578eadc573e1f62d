# SPDX-License-Identifier: Apache-2.0
"""What no log of nginx may have after a test."""

import re

BAD_LINES = re.compile(
    r"\[(?:alert|emerg|crit)\]|open socket|AddressSanitizer|LeakSanitizer|"
    r"runtime error:|exited on signal|could not be (?:locked|unlocked)")
# nginx writes requests into its debug log by itself, cookies and all: there
# only the module's own lines are looked at.
OWN_LINE = re.compile(r"auth_oidc")
SHORTEST_SECRET = 8


def bad_lines(text, expected=()):
    """Lines that tell of a fault, less those a test expects."""
    return [line for line in text.splitlines()
            if BAD_LINES.search(line)
            and not any(re.search(one, line) for one in expected)]


def unseen(text, expected):
    """What a test expects to be logged and was not."""
    return [one for one in expected if not re.search(one, text)]


def leaks(text, secrets, spared=None):
    """Lines that hold a secret, with the secret's first characters; less
    those that nginx itself writes and no module can help."""
    found = []
    for line in text.splitlines():
        if spared and re.search(spared, line) and not OWN_LINE.search(line):
            continue
        for secret in secrets:
            if len(secret) >= SHORTEST_SECRET and secret in line:
                found.append(f"{secret[:6]}… in: {line[:300]}")
    return found


def own_lines(text):
    return "\n".join(line for line in text.splitlines()
                     if OWN_LINE.search(line))
