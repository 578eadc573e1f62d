# SPDX-License-Identifier: Apache-2.0
"""Runs nginx's own configure with the module added."""

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NGINX = Path("/usr/share/nginx/src")  # the headers of Debian's nginx-dev
NAME = "ngx_http_auth_oidc_module"


def compiler():
    """gcc, with ccache where it is: a second run takes seconds."""
    return "ccache gcc" if shutil.which("ccache") else "gcc"


def configure(tree, cc_opt="-O0 -g0", add="--add-dynamic-module"):
    """Runs nginx's configure as Debian does, in a copy of its own; what
    comes of it is loaded and not run, and so need not be optimised."""
    for part in ("auto", "src"):
        (tree / part).symlink_to(NGINX / part)
    shutil.copy(NGINX / "configure", tree)
    flags = re.search(r"\((.*)\)", (NGINX / "conf_flags").read_text())[1]
    return subprocess.run(
        ["./configure", f"--with-cc={compiler()}", *flags.split(),
         f"--with-cc-opt={cc_opt}", f"{add}={ROOT}"],
        cwd=tree, capture_output=True, text=True, check=False)
