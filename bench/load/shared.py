# SPDX-License-Identifier: Apache-2.0
"""Puts the modules that the bench shares with the end-to-end tests on the
path."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "t"), str(ROOT / "t/e2e/support")]
