# SPDX-License-Identifier: Apache-2.0
"""Which Node.js runs the provider and the clients: oidc-provider needs a newer
one than Debian 12's; npm brings it where the machine's is older."""

import shutil
import subprocess
from pathlib import Path

OLDEST = 20
HERE = Path(__file__).resolve().parent


def is_new_enough():
    """Whether the machine's own will do."""
    if not shutil.which("node"):
        return False
    said = subprocess.run(["node", "--version"], capture_output=True,
                          text=True, check=True).stdout
    return int(said.removeprefix("v").split(".")[0]) >= OLDEST


def executable():
    if is_new_enough():
        return "node"
    (own,) = HERE.glob("node_modules/node-linux-*/bin/node")
    return str(own)
