# SPDX-License-Identifier: Apache-2.0
"""The files of conf.d, and the files beside nginx.conf that they refer to."""

from gateway import ROOT

FILES = {path.name: path for path in sorted((ROOT / "conf.d").glob("*.conf"))}
SESSIONS = "sealed cookies are opened by whoever has these words\n"


def files(folder, tls, secret):
    """What the examples refer to beside nginx.conf."""
    (folder / "tls").symlink_to(tls)
    (folder / "secrets").mkdir()
    for name, text in (("client", secret + "\n"), ("sessions", SESSIONS),
                       ("redis", "right\n")):
        (folder / "secrets" / name).write_text(text)
        (folder / "secrets" / name).chmod(0o640)
