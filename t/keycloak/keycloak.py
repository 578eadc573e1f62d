# SPDX-License-Identifier: Apache-2.0
"""Keycloak, the real one: fetched with Maven, pinned by its digest, started
with a realm of the tests.

    /usr/bin/python3 t/keycloak/keycloak.py     fetches it; its path, or why not
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.parse import urlencode

from visitor import FORM, send

ROOT = Path(__file__).resolve().parents[2]
VERSION = "26.7.3"
SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
FOLDER = ROOT / "build-keycloak"
ARCHIVE = FOLDER / f"keycloak-quarkus-dist-{VERSION}.zip"
HOME = FOLDER / f"keycloak-{VERSION}"
ADMIN, ADMIN_SECRET = "admin", "an-admin-of-these-tests"
SECRET = "kc-client-secret-of-the-tests-0123456789"
JANE = "a-password-of-jane's"
LIFE = 24  # seconds of an access token: a refresh is due after the half
# Not nginx's address: browsers do not tell ports apart for cookies.
HOST = "127.0.0.2"


def missing():
    """Why Keycloak cannot be run here; "": it can."""
    for program in ("mvn", "java"):
        if not shutil.which(program):
            return f"there is no {program}"
    if (HOME / "bin/kc.sh").exists():
        return ""
    FOLDER.mkdir(exist_ok=True)
    if not ARCHIVE.exists():
        done = subprocess.run(
            ["mvn", "-q", "-B", PLUGIN, "-DoutputDirectory=" + str(FOLDER),
             f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"],
            capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            return "Maven does not fetch it: " + done.stdout[-300:]
    if hashlib.sha256(ARCHIVE.read_bytes()).hexdigest() != SHA256:
        ARCHIVE.unlink()
        return "the archive has another digest than the pinned one"
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(FOLDER)
    (HOME / "bin/kc.sh").chmod(0o755)
    return ""


def client(name, base, **more):
    return {"clientId": name, "secret": SECRET, "protocol": "openid-connect",
            "redirectUris": [base + "/*"], "publicClient": False,
            "serviceAccountsEnabled": True, "standardFlowEnabled": True,
            "directAccessGrantsEnabled": True,
            "attributes": {
                "post.logout.redirect.uris": base + "/*",
                "backchannel.logout.url": base + "/back",
                "backchannel.logout.session.required": "true"},
            "protocolMappers": [{
                "name": "audience", "protocol": "openid-connect",
                "protocolMapper": "oidc-audience-mapper",
                "config": {"included.client.audience": name,
                           "access.token.claim": "true"}}], **more}


def realm(base):
    """What Keycloak imports at its start; nginx is at `base`."""
    return {
        "realm": "test", "enabled": True, "sslRequired": "none",
        "accessTokenLifespan": LIFE, "revokeRefreshToken": True,
        "refreshTokenMaxReuse": 0,
        "roles": {"realm": [{"name": "editor"}]},
        "users": [
            {"username": name, "enabled": True, "emailVerified": True,
             "email": f"{name}@example.com", "firstName": name.title(),
             "lastName": "Doe", "realmRoles": roles,
             "credentials": [{"type": "password", "value": JANE}]}
            for name, roles in (("jane", ["editor"]), ("john", []))],
        "clients": [client("nginx", base)]}


class Keycloak:
    """A running server with the realm."""

    def __init__(self, port, base, folder):
        self.url = f"http://{HOST}:{port}"
        self.issuer = f"{self.url}/realms/test"
        imported = HOME / "data/import"
        shutil.rmtree(HOME / "data", ignore_errors=True)
        imported.mkdir(parents=True)
        (imported / "test-realm.json").write_text(json.dumps(realm(base)))
        self.log = folder / "keycloak.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [HOME / "bin/kc.sh", "start-dev", "--import-realm",
                 f"--http-port={port}", f"--http-host={HOST}",
                 "--http-management-port=0", "--cache=local",
                 "--log-level=warn"], stdout=log, stderr=log,
                env={**os.environ, "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
                     "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN_SECRET,
                     "JAVA_OPTS_KC_HEAP": "-Xms128m -Xmx512m"},
                start_new_session=True)
        self._wait()

    def _wait(self):
        for _ in range(1200):
            assert self.process.poll() is None, self.log.read_text()
            try:
                if send("GET", self.issuer).status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.25)
        raise AssertionError(self.log.read_text())

    def stop(self):
        os.killpg(self.process.pid, 15)
        self.process.wait(timeout=60)

    def token(self, secret=SECRET, realm_name="test", client_id="nginx",
              **form):
        """A token response."""
        form = {"client_id": client_id, **form}
        if secret:
            form["client_secret"] = secret
        answer = send("POST", f"{self.url}/realms/{realm_name}/protocol/"
                      "openid-connect/token", {"Content-Type": FORM},
                      urlencode(form), timeout=60)
        assert answer.status == 200, answer.text
        return answer.json

    def of_user(self, name="jane", **more):
        return self.token(grant_type="password", username=name,
                          password=JANE, scope="openid", **more)

    def admin(self, method, path, body=None):
        """Its API for administrators."""
        token = self.token(None, "master", "admin-cli", grant_type="password",
                           username=ADMIN,
                           password=ADMIN_SECRET)["access_token"]
        answer = send(method, f"{self.url}/admin/realms/test{path}",
                      {"Authorization": f"Bearer {token}",
                       "Content-Type": "application/json"},
                      None if body is None else json.dumps(body), timeout=60)
        assert answer.status < 300, answer.text
        return answer

    def log_out_everywhere(self, name="jane"):
        """What an administrator does: Keycloak tells its clients."""
        user = self.admin("GET", f"/users?username={name}").json[0]["id"]
        self.admin("POST", f"/users/{user}/logout")


if __name__ == "__main__":
    WHY = missing()
    print(WHY or HOME)
    sys.exit(1 if WHY else 0)
