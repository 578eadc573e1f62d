# SPDX-License-Identifier: Apache-2.0
"""Decides whether a user name and a password are accepted."""

import re

from .model import User
from .pool import Pool


class SignInError(Exception):
    """Carries the `__type` and the message of the JSON API."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind
        self.message = message


def check_password(pool: Pool, username: str, password: str,
                   tell_unknown: bool = False) -> User:
    """Raises SignInError; a challenge may still stand before the tokens."""
    user = pool.user(username)
    wrong = SignInError("NotAuthorizedException",
                        "Incorrect username or password.")
    if user is None:
        raise SignInError("UserNotFoundException", "User does not exist.") \
            if tell_unknown else wrong
    if pool.lockout.locked(user.username):
        raise SignInError("NotAuthorizedException",
                          "Password attempts exceeded")
    if user.identity_provider or password != user.password:
        pool.lockout.failed(user.username)
        raise wrong
    if not user.enabled:
        raise SignInError("NotAuthorizedException", "User is disabled.")
    if user.status == "UNCONFIRMED":
        raise SignInError("UserNotConfirmedException",
                          "User is not confirmed.")
    if user.status == "RESET_REQUIRED":
        raise SignInError("PasswordResetRequiredException",
                          "Password reset required for the user")
    pool.lockout.succeeded(user.username)
    return user


def set_password(user: User, password: str) -> None:
    """The default password policy; raises SignInError."""
    wanted = ((r".{8}", "Password not long enough"),
              (r"[a-z]", "Password must have lowercase characters"),
              (r"[A-Z]", "Password must have uppercase characters"),
              (r"[0-9]", "Password must have numeric characters"),
              (r"[^A-Za-z0-9]", "Password must have symbol characters"))
    for pattern, complaint in wanted:
        if not re.search(pattern, password):
            raise SignInError(
                "InvalidPasswordException",
                f"Password did not conform with policy: {complaint}")
    user.password = password
    user.status = "CONFIRMED"
