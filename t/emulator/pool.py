# SPDX-License-Identifier: Apache-2.0
"""The user pool as a whole: configuration, keys, state, addresses."""

import re

from .clock import Clock
from .config import Config
from .keys import KeyRing
from .lockout import Lockout
from .model import Client, ConfigError, User, as_json
from .settings import Settings
from .store import Store
from .tamper import Tamper

POOL_ID = re.compile(r"^[a-z]{2}-(gov-)?[a-z]+-\d_[a-zA-Z0-9]+$")


class Pool:
    def __init__(self, pool_id: str, given: dict):
        if not POOL_ID.match(pool_id):
            raise ConfigError(f"{pool_id} is not a pool id of Cognito")
        self.id = pool_id
        self.given = given
        self.clock = Clock()
        self.reset_config()
        self.new_keys()
        self.tamper = Tamper()
        self.service_url = self.updated_url = ""
        self.domain_url = self.control_url = ""
        self.secure = False
        self.forget()

    def forget(self) -> None:
        """Drops codes, sessions, tokens and lockouts."""
        self.store = Store(self.clock)
        self.lockout = Lockout(self.clock)

    def new_keys(self) -> None:
        self.keys = KeyRing.generate()

    def reset_config(self) -> None:
        self.config = Config(self.given)
        self.clock.offset = self.settings.clock_offset

    def describe(self) -> dict:
        """What the ready file says."""
        return {
            "service_url": self.service_url, "domain_url": self.domain_url,
            "control_url": self.control_url, "issuer": self.issuer,
            "updated_issuer": self.updated_issuer, "pool_id": self.id,
            "clients": [as_json(one) for one in self.config.clients.values()],
            "users": [as_json(one) for one in self.config.users.values()]}

    @property
    def settings(self) -> Settings:
        return self.config.settings

    def change_settings(self, wanted: dict) -> None:
        username = wanted.get("auto_login")
        if username is not None and self.user(username) is None:
            raise ConfigError(f"no user {username}")
        self.settings.change(wanted)
        self.clock.offset = self.settings.clock_offset

    def client(self, client_id: str | None) -> Client | None:
        return self.config.clients.get(client_id or "")

    def user(self, name: str | None) -> User | None:
        """By user name, or by e-mail address as an alias, or by sub."""
        if not name:
            return None
        found = self.config.users.get(name)
        return found or next(
            (user for user in self.config.users.values()
             if name in (user.attributes.get("email"), user.sub)), None)

    @property
    def original_issuer(self) -> str:
        return f"{self.service_url}/{self.id}"

    @property
    def updated_issuer(self) -> str:
        return f"{self.updated_url}/{self.id}"

    @property
    def issuer(self) -> str:
        """What tokens carry as `iss`."""
        if self.settings.issuer == "updated":
            return self.updated_issuer
        return self.original_issuer

    def custom_scopes(self) -> set[str]:
        return {f"{server.identifier}/{scope}"
                for server in self.config.resource_servers.values()
                for scope in server.scopes}
