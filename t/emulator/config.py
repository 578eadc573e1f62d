# SPDX-License-Identifier: Apache-2.0
"""The default pool, and the reader of other configurations."""

import copy
import json

from .model import (ADMIN_SCOPE, OIDC_SCOPES, Client, ConfigError,
                    ResourceServer, User, build)
from .settings import Settings

MACHINE_SCOPES = ["kongresource/scope1", "kongresource/scope2",
                  "default-m2m-resource-server-hlyky3/read"]
PEOPLE_SCOPES = [*OIDC_SCOPES, ADMIN_SCOPE]

DEFAULT = {
    "resource_servers": [
        {"identifier": "kongresource", "scopes": ["scope1", "scope2"]},
        {"identifier": "default-m2m-resource-server-hlyky3",
         "scopes": ["read"]},
    ],
    "clients": [
        {"name": "confidential", "id": "2lqm8o7or9hfrq0t6eofhqj88i",
         "secret": "157hn35o42chdpk1pnbus9ei31a4g7vrhes1t0t1qbjc1ch6cpl8",
         "allowed_oauth_flows": ["code", "client_credentials"],
         "allowed_oauth_scopes": PEOPLE_SCOPES + MACHINE_SCOPES,
         "callback_urls": ["http://localhost:8080/oidc_callback"],
         "logout_urls": ["http://localhost:8080/"]},
        {"name": "public", "id": "6pub1ic0c1ient0without0sec", "secret": None,
         "allowed_oauth_flows": ["code", "implicit"],
         "allowed_oauth_scopes": PEOPLE_SCOPES,
         "callback_urls": ["http://localhost:8080/oidc_callback"],
         "logout_urls": ["http://localhost:8080/"]},
        {"name": "machine", "id": "73o8h99at7jtnevvn4b60uslb0",
         "secret": "1machinesecret0f7q2m9x4k8v3c6z1b5n0a9s8d7f6g5h4j3k2",
         "allowed_oauth_flows": ["client_credentials"],
         "allowed_oauth_scopes": MACHINE_SCOPES,
         "explicit_auth_flows": []},
        {"name": "client-token", "id": "4c1ienttoken0auth0only0abc",
         "secret": "1clienttokensecret0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p",
         "allowed_oauth_flows": [], "allowed_oauth_scopes": MACHINE_SCOPES,
         "explicit_auth_flows": ["ALLOW_CLIENT_TOKEN_AUTH"]},
    ],
    "users": [
        {"username": "jane", "password": "Correct-horse1",
         "groups": ["admins", "staff team", "sales, north"],
         "attributes": {
             "sub": "5a3f8c1e-0b7d-4f62-9c55-6d1e2f3a4b5c",
             "email": "jane@example.com", "email_verified": True,
             "name": "Jane Doe", "given_name": "Jane",
             "family_name": "Doe", "phone_number": "+15555550100",
             "phone_number_verified": False, "custom:tenant": "blue"}},
        {"username": "john", "password": "Battery-staple2",
         "attributes": {"email": "john@example.com",
                        "email_verified": False, "name": "Jörg Ångström"}},
        {"username": "newcomer", "password": "Temporary-3",
         "status": "FORCE_CHANGE_PASSWORD",
         "attributes": {"email": "newcomer@example.com",
                        "email_verified": True}},
        {"username": "unconfirmed", "password": "Not-yet-4",
         "status": "UNCONFIRMED"},
        {"username": "reset", "password": "Forgotten-5",
         "status": "RESET_REQUIRED"},
        {"username": "disabled", "password": "Gone-away-6",
         "enabled": False},
        {"username": "totp", "password": "Two-factors-7",
         "mfa": "SOFTWARE_TOKEN_MFA"},
        {"username": "Google_104511110000", "identity_provider": "Google",
         "attributes": {"email": "jane@gmail.example",
                        "email_verified": False}},
    ],
    "settings": {},
}


class Config:
    """Clients by id, users by name, resource servers and settings."""

    def __init__(self, given: dict | None = None):
        given = given or {}
        unknown = set(given) - set(DEFAULT)
        if unknown:
            raise ConfigError(f"no section {', '.join(sorted(unknown))}")
        sections = {**copy.deepcopy(DEFAULT), **copy.deepcopy(given)}
        clients = [build(Client, item) for item in sections["clients"]]
        users = [build(User, item) for item in sections["users"]]
        servers = [build(ResourceServer, item)
                   for item in sections["resource_servers"]]
        self.clients = {client.id: client for client in clients}
        self.users = {user.username: user for user in users}
        self.resource_servers = {item.identifier: item for item in servers}
        self.settings = Settings()
        self.settings.change(sections["settings"])


def read_config(path: str | None) -> dict:
    """Sections the file has replace the default ones; raises ConfigError."""
    if path is None:
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            given = json.load(file)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    if not isinstance(given, dict):
        raise ConfigError(f"{path} is not an object")
    return given
