# SPDX-License-Identifier: Apache-2.0
"""Lets a test change clients, users and keys, and mint tokens."""

import base64

from . import claims as shapes
from . import jwt
from .model import (Client, ConfigError, ResourceServer, User, as_json,
                    build)
from .pool import Pool
from .store import Chain
from .tamper import edits_from

ISSUE = ("kind", "client_id", "username", "scope", "nonce", "resource",
         "expires_in")


def _basic(client: Client) -> str:
    return base64.b64encode(f"{client.id}:{client.secret}".encode()).decode()


class PoolControl:
    def __init__(self, pool: Pool):
        self.pool = pool

    def put_client(self, given: dict) -> dict:
        """Creates, or changes the fields given; add_… appends to a list."""
        clients = self.pool.config.clients
        known = clients.get(given.get("id"))
        base = as_json(known) if known else {}
        for name in ("callback_urls", "logout_urls"):
            more = given.get(f"add_{name}")
            if more:
                now = given.get(name, base.get(name, []))
                given = {**given, name: [*dict.fromkeys(now + more)]}
        given = {name: value for name, value in given.items()
                 if not name.startswith("add_")}
        client = build(Client, {**base, **given})
        clients[client.id] = client
        return as_json(client)

    def put_user(self, given: dict) -> dict:
        """Creates, or changes the fields given."""
        users = self.pool.config.users
        known = users.get(given.get("username"))
        base = as_json(known) if known else {}
        if known and "attributes" in given:  # the sub stays
            given = {**given, "attributes": {"sub": known.sub,
                                             **given["attributes"]}}
        user = build(User, {**base, **given})
        users[user.username] = user
        return as_json(user)

    def put_resource_server(self, given: dict) -> dict:
        server = build(ResourceServer, given)
        self.pool.config.resource_servers[server.identifier] = server
        return as_json(server)

    def delete(self, kind: str, name: str) -> None:
        if getattr(self.pool.config, kind).pop(name, None) is None:
            raise ConfigError(f"no {kind[:-1]} {name}")

    def change_settings(self, given: dict) -> dict:
        self.pool.change_settings(given)
        return self.pool.settings.as_json()

    def change_keys(self, given: dict) -> dict:
        keys, action = self.pool.keys, given.get("action")
        if action == "rotate":
            which = given.get("which", "both")
            if which not in ("id", "access", "both"):
                raise ConfigError('"which" must be one of id access both')
            keys.rotate(which, given.get("keep_old", True),
                        given.get("publish", True))
        elif action == "add":
            keys.add(given.get("jwk"))
        elif action in ("remove", "publish"):
            change = keys.remove if action == "remove" else keys.publish
            if not change(given.get("kid")):
                raise ConfigError(f"no key {given.get('kid')} to {action}")
        else:
            raise ConfigError(
                '"action" must be one of rotate add remove publish')
        return keys.describe()

    def issue(self, given: dict) -> dict:
        """A token without a login, with the edits of /tamper applied."""
        edits = edits_from({name: value for name, value in given.items()
                            if name not in ISSUE})
        kind = given.get("kind", "access")
        shape = {"access": shapes.access_token, "id": shapes.id_token}
        client = self._client(given)
        life = given.get("expires_in", 3600)
        now = self.pool.clock.seconds()
        if kind == "m2m":
            scopes = given.get("scope", " ".join(
                s for s in client.allowed_oauth_scopes if "/" in s))
            claims = shapes.machine_token(client, scopes.split(),
                                          self.pool.issuer, now, life)
        elif kind in shape:
            user, chain = self._user(given), self._chain(client, given)
            claims = shape[kind](user, client, chain, self.pool.issuer, now,
                                 life)
            if kind == "id" and chain.nonce is not None:
                claims["nonce"] = chain.nonce
        else:
            raise ConfigError('"kind" must be one of access id m2m')
        role = "id" if kind == "id" else "access"
        token = jwt.write(self.pool.keys, role, claims, edits)
        return {"token": token, "claims": edits.apply(claims)}

    def _client(self, given: dict) -> Client:
        default = next(iter(self.pool.config.clients), None)
        client = self.pool.client(given.get("client_id", default))
        if client is None:
            raise ConfigError(f"no client {given.get('client_id')}")
        return client

    def _user(self, given: dict) -> User:
        default = next(iter(self.pool.config.users), None)
        user = self.pool.user(given.get("username", default))
        if user is None:
            raise ConfigError(f"no user {given.get('username')}")
        return user

    def _chain(self, client: Client, given: dict) -> Chain:
        scopes = given.get("scope", " ".join(client.allowed_oauth_scopes))
        chain = Chain(client.id, self._user(given).username, scopes.split(),
                      self.pool.clock.seconds(), given.get("nonce"),
                      given.get("resource"))
        return self.pool.store.add_chain(chain)

    def secrets(self) -> dict:
        """What must be found in no log of a gateway."""
        config, store = self.pool.config, self.pool.store
        return {
            "client_secrets": [c.secret for c in config.clients.values()
                               if c.secret],
            "basic": [_basic(c) for c in config.clients.values()
                      if c.secret],
            "passwords": [u.password for u in config.users.values()
                          if u.password],
            "refresh_tokens": list(store.refresh_tokens),
            "session_cookies": list(store.sessions),
            "issued": list(store.issued)}
