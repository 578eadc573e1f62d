"""Knows the peers that Debian ships."""


def peers():
    return {}
