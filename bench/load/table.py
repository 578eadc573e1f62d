# SPDX-License-Identifier: Apache-2.0
"""Knows all rows, in the order they are shown."""

from logins import logins
from memory import memory
from peers import peers
from rows import rows


def table():
    return {**rows(), "logins": logins, "memory": memory, **peers()}
