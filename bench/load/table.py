# SPDX-License-Identifier: Apache-2.0
"""All rows, in the order in which they are printed."""

from logins import logins
from memory import memory
from peers import peers
from rows import rows


def table():
    return {**rows(), "logins": logins, "memory": memory, **peers()}
