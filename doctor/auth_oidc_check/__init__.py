# SPDX-License-Identifier: Apache-2.0
"""The parts of nginx-auth-oidc-check."""
