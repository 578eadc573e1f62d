# SPDX-License-Identifier: Apache-2.0
"""Checks of a client in the JSON API: existence, secret, hash."""

import base64
import hashlib
import hmac

from .model import Client
from .pool import Pool
from .sign_in import SignInError


def required(given: dict, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise SignInError("InvalidParameterException",
                          f"Missing required parameter {name}")
    return value


def members(given: dict, name: str) -> dict:
    value = given.get(name)
    if not isinstance(value, dict):
        raise SignInError("InvalidParameterException",
                          f"Missing required parameter {name}")
    return value


def client_of(pool: Pool, given: dict) -> Client:
    client_id = required(given, "ClientId")
    client = pool.client(client_id)
    if client is None:
        raise SignInError("ResourceNotFoundException",
                          f"User pool client {client_id} does not exist.")
    return client


def secret_hash(secret: str, username: str, client_id: str) -> str:
    digest = hmac.new(secret.encode(), (username + client_id).encode(),
                      hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def check_secret_hash(client: Client, parameters: dict,
                      usernames: list[str]) -> None:
    """Needed iff the client has a secret; any of the names will do."""
    if client.secret is None:
        return
    given = parameters.get("SECRET_HASH")
    if not given:
        raise SignInError(
            "NotAuthorizedException",
            f"Client {client.id} is configured with secret but SECRET_HASH"
            " was not received")
    secrets = [s for s in (client.secret, client.second_secret) if s]
    if given not in [secret_hash(secret, name, client.id)
                     for secret in secrets for name in usernames]:
        raise SignInError(
            "NotAuthorizedException",
            f"Unable to verify secret hash for client {client.id}")


def check_secret(client: Client, secret: str | None) -> None:
    """`ClientSecret`, as RevokeToken and its like have it."""
    good = client.knows_secret(secret or "") if client.secret else not secret
    if not good:
        raise SignInError(
            "NotAuthorizedException",
            f"Unable to verify secret for client {client.id}")
