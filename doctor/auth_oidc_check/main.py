# SPDX-License-Identifier: Apache-2.0
"""The command line: reads the configuration, runs the checks, prints."""

import argparse
import os
import re
import shutil
import subprocess
import sys

from .client_checks import ClientChecks
from .nginx_conf import ConfError, Dump
from .provider_checks import ProviderChecks
from .report import FAULT, Report
from .sites import Site
from .store_checks import RedisChecks, check_buffers

GOOD, FAULTY, CANNOT_RUN = 0, 1, 2
MAX_DUMP = 32 * 1024 * 1024
NGINX_SECONDS = 60


class CannotRun(Exception):
    """Why there is nothing to check."""


def options(arguments):
    parser = argparse.ArgumentParser(
        prog="nginx-auth-oidc-check",
        description="Asks each OpenID provider of an nginx configuration, "
        "and prints what would fail and how to mend it. No secret is "
        "printed, and nobody is logged in or out.",
        epilog="Exit status: 0 no fault, 1 a fault, 2 cannot run. Run it as "
        "the user that starts nginx: it reads client_secret_file.")
    add = parser.add_argument
    add("dump", nargs="?", choices=["-"],
        help="read the output of nginx -T from the standard input")
    add("-c", metavar="FILE", dest="conf", type=os.path.abspath,
        help="the configuration that nginx -T reads")
    add("-p", metavar="PREFIX", dest="prefix", help="as in nginx -p")
    add("-q", "--quiet", action="store_true", help="only faults")
    add("--nginx", default="nginx", metavar="PROGRAM",
        help="the nginx to run")
    add("--url", metavar="ORIGIN", help="the address under which clients "
        "reach nginx, where neither base_url nor server_name say it")
    wanted = parser.parse_args(arguments)
    if wanted.url and not re.fullmatch(r"https?://[^/\s]+/?", wanted.url):
        parser.error("--url is scheme://host[:port]")
    return wanted


def program(name):
    """Debian's is where the PATH of users does not lead."""
    return shutil.which(name) or shutil.which(
        name, path="/usr/sbin:/usr/local/sbin:/sbin") or name


def dump_of(wanted):
    """What nginx -T prints; its complaints may quote a secret."""
    if wanted.dump:
        return sys.stdin.buffer.read(MAX_DUMP).decode("utf-8", "replace")
    command = [program(wanted.nginx), "-T"]
    for flag, value in (("-c", wanted.conf), ("-p", wanted.prefix)):
        command += [flag, value] if value else []
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=NGINX_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotRun(f"{wanted.nginx} cannot be run: "
                        f"{getattr(error, 'strerror', 'it does not end')}") \
            from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace")
        place = re.search(r" in (/\S+:\d+)$", said, re.M)
        raise CannotRun("nginx -T fails" + (
            f", in {place[1]}" if place else "") + "; nginx -t says why")
    return done.stdout.decode("utf-8", "replace")


def check(wanted, report):
    dump = Dump(dump_of(wanted))
    site = Site(dump.read())
    if not site.providers:
        raise CannotRun("the configuration has no oidc_provider")
    for provider in site.providers:
        for secret in provider.block.values_of("client_secret"):
            report.hide(secret)
        if wanted.url and not provider.origins():
            provider.block.set("base_url", wanted.url)
        checks = ProviderChecks(provider, dump.place, report)
        if checks.run() and provider.client_id:
            ClientChecks(checks).run()
        check_buffers(site, provider, report)
    for block in site.stores.values():
        if block.value("type") == "redis":
            RedisChecks(block, dump.place, report).run()


def main(arguments):
    wanted = options(arguments)
    report = Report()
    try:
        check(wanted, report)
    except (CannotRun, ConfError) as error:
        print(f"nginx-auth-oidc-check: {error}", file=sys.stderr)
        return CANNOT_RUN
    for line in report.table(wanted.quiet):
        print(line)
    print(report.summary())
    return FAULTY if report.count(FAULT) else GOOD
