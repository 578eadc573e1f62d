# SPDX-License-Identifier: Apache-2.0
"""Runs the rings of tests, innermost first, and adds up what they report.

Each ring is a program that writes a JUnit file; the numbers printed at the
end are counted from those files and from nothing else. A ring that ran no
test, ended with an error or skipped a test has failed.
"""

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass
from pathlib import Path

from interop.nodejs import is_new_enough

ROOT = Path(__file__).resolve().parent.parent
PYTEST = ["/usr/bin/python3", "-m", "pytest", "-c", "t/pytest.ini",
          "--rootdir", "."]


@dataclass
class Tally:
    """What one ring did."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @staticmethod
    def read(path):
        """Counts the test cases of a JUnit file; none if there is no file."""
        tally = Tally()
        if not path.exists():
            return tally
        for case in xml.parse(path).getroot().iter("testcase"):
            if case.find("failure") is not None \
                    or case.find("error") is not None:
                tally.failed += 1
            elif case.find("skipped") is not None:
                tally.skipped += 1
            else:
                tally.passed += 1
        return tally

    def total(self):
        return self.passed + self.failed + self.skipped


class Rings:
    """The rings that were asked for, and what has become of them."""

    def __init__(self, args):
        self.args = args
        self.build = ROOT / args.build
        self.results = self.build / "results"
        self.results.mkdir(parents=True, exist_ok=True)
        self.failures = []
        self.sum = Tally()
        self.lines = []

    def ctest(self, label):
        only = ["-R", self.args.only] if self.args.only else []
        return ["ctest", "--test-dir", self.build, "-L", f"^{label}$",
                "--output-on-failure", "--no-tests=ignore",
                "--output-junit", self.results / f"{label}.xml", *only]

    def gtest(self, name):
        only = [f"--gtest_filter=*{self.args.only}*"] if self.args.only else []
        return [self.build / "t/unit/unit", "--gtest_brief=1",
                f"--gtest_output=xml:{self.results / name}.xml", *only]

    def pytest(self, name, *options):
        marks = ["-m", "not slow"] if self.args.quick else []
        only = ["-k", self.args.only] if self.args.only else []
        return [*PYTEST, *options, *marks, *only,
                f"--junit-xml={self.results / name}.xml"]

    def run(self, name, command):
        """Runs one ring with its output on the terminal."""
        self.start(name, command)()

    def beside(self, name, command):
        """Starts a ring that gives way to others a little: enough for the tests
        that wait for a clock, and not so much that it starves on a busy
        machine. The result waits for it and shows what it said."""
        said = self.results / f"{name}.out"
        with open(said, "wb") as output:
            finish = self.start(name, ["nice", "-n", "3", *command], output)
        return lambda: finish(
            lambda: print(f"\n== {name}\n{said.read_text()}"))

    def start(self, name, command, output=None):
        """The result waits for the ring's end and judges it."""
        report = self.results / f"{name}.xml"
        report.unlink(missing_ok=True)
        print(f"\n== {name}{' begins' if output else ''}", flush=True)
        began = time.monotonic()
        try:
            wait = subprocess.Popen([str(word) for word in command], cwd=ROOT,
                                    stdout=output, stderr=output).wait
        except OSError as error:
            print(error)
            wait = lambda: 127  # noqa: E731

        def finish(show=lambda: None):
            code = wait()
            show()
            self.judge(name, code, Tally.read(report),
                       time.monotonic() - began)
        return finish

    def judge(self, name, code, tally, seconds):
        """Adds a ring's tally up; what the report hides is a failure."""
        nothing_selected = code == 5 or (code == 0 and tally.total() == 0)
        if self.args.only and nothing_selected:
            self.lines.append(f"{name:10} nothing selected")
            return
        if tally.failed == 0 and (code != 0 or tally.total() == 0):
            print(f"{name}: no test ran" if tally.total() == 0 else
                  f"{name}: ended with {code} though no test failed")
            tally.failed += 1
        if tally.failed or tally.skipped:
            self.failures.append(name)
        self.sum.passed += tally.passed
        self.sum.failed += tally.failed
        self.sum.skipped += tally.skipped
        skipped = f", {tally.skipped} skipped" if tally.skipped else ""
        self.lines.append(f"{name:10} {tally.passed:5} passed, "
                          f"{tally.failed} failed{skipped} in {seconds:.1f} s")

    def report(self):
        """Prints the summary; its last line is the sum of all rings."""
        print("\n== summary")
        print("\n".join(self.lines))
        if self.sum.skipped:
            print(f"{self.sum.skipped} skipped: what this runs on lacks "
                  "something, which counts as a failure")
        if self.failures:
            print(f"failed: {', '.join(self.failures)}")
        print(f"{self.sum.passed} passed, "
              f"{self.sum.failed + self.sum.skipped} failed", flush=True)
        nothing = self.sum.total() == 0
        return 1 if self.failures or nothing else 0


def npm_ci():
    """Begins to install what t/interop/package-lock.json pins, when it
    changed; the result waits until it is there."""
    folder = ROOT / "t/interop"
    lock = folder / "package-lock.json"
    done = folder / "node_modules/.package-lock.json"
    if not lock.exists() or (
            done.exists() and done.stat().st_mtime >= lock.stat().st_mtime):
        return lambda: None
    print("\n== npm ci in t/interop begins", flush=True)
    process = subprocess.Popen(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
         *(["--omit=optional"] if is_new_enough() else []),
         "--cache", ROOT / "build-npm"], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def finish():
        said = process.communicate()[0]
        print(f"\n== npm ci in t/interop\n{said}", flush=True)
        if process.returncode == 0:
            done.touch()
    return finish


def keycloak():
    """Fetches Keycloak; why it cannot be run here, or nothing."""
    fetched = subprocess.run(
        [sys.executable, ROOT / "t/keycloak/keycloak.py"], text=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/t/e2e/support"})
    return fetched.stdout.strip() if fetched.returncode else ""


def environment(build, asan):
    """What the end-to-end tests are told about the build they run on."""
    os.environ["PYTHONPATH"] = str(ROOT / "t")
    os.environ["BENCH_BUILD"] = str(build)
    os.environ["MODULE_SO"] = str(build / "ngx_http_auth_oidc_module.so")
    os.environ.setdefault("NGINX_BINARY", "/usr/sbin/nginx")
    if asan:
        os.environ["NGINX_BINARY"] = str(build / "nginx-asan/objs/nginx")
        os.environ["ASAN_OPTIONS"] = "detect_leaks=0:abort_on_error=1"
        os.environ["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--only")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()

    rings = Rings(args)
    asan = args.build.endswith("asan")
    environment(rings.build, asan)

    outer = not asan and not args.quick
    installed = npm_ci() if outer else None
    beside = []
    if not asan:
        emulator = rings.beside("emulator", rings.pytest(
            "emulator", "t/emulator/tests"))
        rings.run("lint", rings.ctest("lint"))
    rings.run("unit", rings.gtest("unit"))
    rings.run("fuzz", rings.ctest("fuzz"))
    if not asan:
        beside.append(rings.beside("build", rings.pytest(
            "build", "-n", "2", "--dist", "loadfile", "t/build")))
        emulator()  # it is asked how fast it starts: not among eight others
    # Two thirds of their time the tests wait for a clock, so that two cores
    # serve eight at a time and a compiler besides; four when nginx is slowed
    # down by sanitizers.
    at_once = "4" if asan else "8"
    rings.run("e2e", rings.pytest("e2e", "-n", at_once, "t/e2e", "t/demo"))
    if outer:
        beside.append(rings.beside("bench", rings.pytest(
            "bench", "bench/load")))
        installed()
        rings.run("interop", rings.pytest("interop", "t/interop"))
        rings.run("browser", rings.pytest("browser", "t/browser"))
        if why := keycloak():
            print(f"\n== keycloak is not run: {why}", flush=True)
        else:
            rings.run("keycloak", rings.pytest("keycloak", "t/keycloak"))
    for finish in beside:
        finish()
    sys.exit(rings.report())


if __name__ == "__main__":
    main()
