# SPDX-License-Identifier: Apache-2.0
"""Each way in which the provider misbehaves, against each kind of request:
what it is answered, and how long after the fault's end all is well again, by
itself. The statuses are those of docs/outages.md, row by row; what was seen
is written to results/misbehaviour.md beside the module."""

import fcntl
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway import MODULE, ROOT, eventually
from provider import Pool
from sites import COOKIE_STORE
from tls import Certificate
from visitor import basic, bearer, send

RESULTS = MODULE.parent / "results/misbehaviour.md"
DOCUMENT = ROOT / "docs/outages.md"
SITE = """
    oidc_provider cognito {
        @PROVIDER@
        @MORE@
        timeout 2s;
        connect_timeout 2s;
        jwks_refresh 1s 1s;
        password_over_http on;
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc cognito;
            auth_oidc_methods session authorization_code bearer
                              client_credentials password;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""
# What a pause between attempts may grow to, and the attempt itself.
LONGEST_PAUSE, TIMEOUT = 60, 2

KNOWN = ("session", "cached bearer", "cached Basic, machine",
         "cached Basic, password")
NEW = ("new bearer", "new bearer, new key", "new Basic, machine",
       "new Basic, password", "new login")
COLUMNS = KNOWN + NEW
NONE_YET = "–"

# What the provider's addresses answer; the login page is not among them.
ADDRESSES = ("discovery", "jwks", "token", "api")
FAULTS = {
    "dead at start": None,
    "dead later": None,
    "slow": {"mode": "slow", "seconds": 5},
    "cut in the middle": {"mode": "cut"},
    "429": {"mode": "throttle"},
    "500": {"mode": "status", "status": 500},
    "HTML": {"mode": "html"},
    "redirect": {"mode": "redirect"},
    "certificate for another name": None,
    "huge body": {"mode": "huge", "bytes": 400_000},
}
HERE = ("127.0.0.1", "127.0.0.2")


class TlsPool(Pool):
    """A pool whose certificate may be exchanged for one that is trusted as
    well, and for another name."""

    def __init__(self, directory):
        self.certificates = {}
        for name, names in (("right", HERE), ("wrong", ("other.example",))):
            (directory / name).mkdir()
            self.certificates[name] = Certificate(directory / name, *names)
        self.used = (directory / "cert.pem", directory / "key.pem")
        self.trusted = directory / "trusted.pem"
        self.trusted.write_text("".join(
            one.cert.read_text() for one in self.certificates.values()))
        self._use("right")
        super().__init__(directory, "--tls-cert", str(self.used[0]),
                         "--tls-key", str(self.used[1]))

    def _use(self, name):
        made = self.certificates[name]
        for source, target in zip((made.cert, made.key), self.used):
            shutil.copy(source, target)

    def present(self, name):
        self._use(name)
        self.listeners(service=False, domain=False)
        self.listeners(service=True, domain=True)


class Scene:
    """A gateway, those whom it knows, and those who will come."""

    def __init__(self, site, pool, visitors):
        self.pool, self.url = pool, site.url("/")
        self.person, self.stranger = visitors(), visitors()
        machine, other = pool.client("machine"), pool.client()
        jane, john = pool.user("jane"), pool.user("john")
        self.shown = {
            "cached bearer": bearer(pool.issue()),
            "new bearer": bearer(pool.issue()),
            "cached Basic, machine": basic(machine["id"], machine["secret"]),
            "new Basic, machine": basic(other["id"], other["secret"]),
            "cached Basic, password": basic("jane", jane["password"]),
            "new Basic, password": basic("john", john["password"]),
        }
        assert self.person.open(self.url).status == 200
        self.callback = self.stranger.callback_for(self.url)

    def make_known(self):
        for column in KNOWN:
            assert self.ask(column).status == 200, column

    def change_keys(self):
        """Nobody can have seen the new one."""
        self.pool.keys(action="rotate")
        self.shown["new bearer, new key"] = bearer(self.pool.issue())

    def ask(self, column):
        if column == "session":
            return self.person.get(self.url)
        if column == "new login":
            return self.stranger.get(self.callback)
        return send("GET", self.url, self.shown[column])

    def try_again(self, column):
        """A login that failed is begun anew, as people do."""
        if column == "new login":
            return self.stranger.open(self.url)
        return self.ask(column)

    def back(self, column, since):
        """Seconds until it is let in, and stays so."""
        eventually(lambda: self.try_again(column).status == 200,
                   LONGEST_PAUSE + TIMEOUT, 0.05)
        took = time.monotonic() - since
        assert self.try_again(column).status == 200
        return took


def judge(column, answer):
    """CLOSED: a 200, or a 503 that says when to come back; nothing else."""
    if answer.status == 200:
        assert column not in NEW or column == "new bearer", answer
        return
    assert answer.status == 503, (column, answer)
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"
    assert not [one for one in answer.set_cookies
                if "SESSION=" in one and "Max-Age=0" not in one]


def documented():
    """The table of the document: {fault: {column: status}}."""
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")]
            for line in DOCUMENT.read_text().splitlines()
            if line.startswith("| ")]
    head, *rows = [row for row in rows if len(row) == len(COLUMNS) + 1]
    return {row[0]: dict(zip(head[1:], row[1:])) for row in rows}


def record(fault, cells):
    """Puts one row into the table; other processes do the same."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with open(RESULTS, "a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        rows = {found[1]: found[0] for found in
                re.finditer(r"^\| (.+?) \|.*$", file.read(), re.M)}
        rows[fault] = f"| {fault} | {' | '.join(cells.values())} |"
        head = [f"| fault | {' | '.join(COLUMNS)} |",
                "|---" * (len(COLUMNS) + 1) + "|"]
        file.truncate(0)
        file.write("\n".join(
            head + [rows[one] for one in FAULTS if one in rows]) + "\n")


def test_outages_document_has_these_rows_and_columns():
    table = documented()
    assert list(table) == list(FAULTS)
    assert all(list(row) == list(COLUMNS) for row in table.values())


@pytest.fixture
def staged(gateway, visitors, tmp_path, pool, fresh_keys):
    """Starts the gateway of a fault; returns the scene, and what begins and
    ends the fault. Whoever was known before a start is known by a sealed
    cookie alone."""
    made = []

    def tls():
        (tmp_path / "tls").mkdir()
        secure = TlsPool(tmp_path / "tls")
        made.append(secure)
        secure.settings(auto_login="jane")
        site = gateway(SITE, ISSUER=secure.issuer, MORE=COOKIE_STORE +
                       f"ssl_trusted_certificate {secure.trusted};")
        secure.allow(site.url("/oidc_callback"))
        return (Scene(site, secure, visitors),
                lambda: secure.present("wrong"),
                lambda: secure.present("right"))

    def plain(fault):
        site = gateway(SITE, MORE=COOKIE_STORE)
        scene = Scene(site, pool, visitors)
        given = FAULTS[fault]

        def begin():
            if given:
                pool.faults(**dict.fromkeys(ADDRESSES, given))
                return
            if fault == "dead at start":
                assert site.stop() == []
            pool.listeners(service=False, domain=False)
            if fault == "dead at start":
                site.start()

        def end():
            pool.faults(**dict.fromkeys(ADDRESSES))
            pool.listeners(service=True, domain=True)
        return scene, begin, end
    yield lambda fault: tls() if "certificate" in fault else plain(fault)
    for secure in made:
        secure.stop()


@pytest.mark.parametrize("fault", FAULTS)
def test_provider_fault_has_the_documented_results(staged, fault):
    """AC-142, AC-152, AC-410."""
    scene, begin, end = staged(fault)
    columns = COLUMNS
    if fault == "dead at start":
        columns = [one for one in COLUMNS if not one.startswith("cached")]
    else:
        scene.make_known()
    begin()
    scene.change_keys()
    with ThreadPoolExecutor(len(columns)) as all_at_once:
        answers = dict(zip(columns, all_at_once.map(scene.ask, columns)))
        for column, answer in answers.items():
            judge(column, answer)
        end()
        since = time.monotonic()
        away = [one for one in columns if answers[one].status != 200]
        times = dict(zip(away, all_at_once.map(
            lambda one: scene.back(one, since), away)))
    seen = {one: str(answers[one].status) if one in answers else NONE_YET
            for one in COLUMNS}
    record(fault, {one: f"{status}, {times[one]:.1f} s" if one in times
                   else status for one, status in seen.items()})
    assert seen == documented()[fault]
