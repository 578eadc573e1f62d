# SPDX-License-Identifier: Apache-2.0
"""The control API for tests."""

import json

from aiohttp import web

from .control_pool import PoolControl
from .faults import Faults
from .listeners import Listeners
from .model import ConfigError
from .pool import Pool
from .recorder import Recorder


async def body_of(request: web.Request) -> dict:
    """An empty body is an empty object; raises ConfigError."""
    try:
        given = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise ConfigError(f"body is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise ConfigError("body is not an object")
    return given


@web.middleware
async def complaints(request: web.Request, handler):
    try:
        return await handler(request)
    except ConfigError as error:
        return web.json_response({"error": str(error)}, status=400)


class Control:
    """What concerns calls; what concerns the pool is PoolControl's."""

    def __init__(self, pool: Pool, recorder: Recorder, faults: Faults,
                 listeners: Listeners):
        self.pool = pool
        self.recorder = recorder
        self.faults = faults
        self.listeners = listeners

    def counters(self) -> dict:
        return dict(self.recorder.counters)

    def log(self, query: dict) -> list[dict]:
        try:
            since = int(query.get("since", 0))
        except ValueError as error:
            raise ConfigError('"since" is no number') from error
        return self.recorder.entries(query.get("kind", "*"), since)

    def change_faults(self, given: dict) -> dict:
        self.faults.change(given)
        return self.faults.as_json()

    def add_tamper(self, given: dict) -> dict:
        if given:
            self.pool.tamper.add(given)
        else:
            self.pool.tamper.clear()
        return {}

    def reset(self, given: dict) -> dict:
        unknown = set(given) - {"sessions", "keys", "config", "all"}
        if unknown:
            raise ConfigError(f"cannot reset {', '.join(sorted(unknown))}")
        whole = given.get("all")
        self.recorder.clear()
        self.faults.clear()
        self.pool.tamper.clear()
        if given.get("config") or whole:
            self.pool.reset_config()
        if given.get("sessions") or whole:
            self.pool.forget()
        if given.get("keys") or whole:
            self.pool.new_keys()
        return self.pool.describe()

    async def switch(self, given: dict) -> dict:
        for name, up in given.items():
            await self.listeners.switch(name, up)
        return self.listeners.state()


def _get(answer):
    async def handler(request: web.Request):
        return web.json_response(answer(request))
    return handler


def _post(answer):
    async def handler(request: web.Request):
        return web.json_response(answer(await body_of(request)))
    return handler


def control_app(pool: Pool, recorder: Recorder, faults: Faults,
                listeners: Listeners) -> web.Application:
    app = web.Application(middlewares=[complaints])
    control = Control(pool, recorder, faults, listeners)
    people = PoolControl(pool)
    gets = {"/": lambda _: pool.describe(),
            "/counters": lambda _: control.counters(),
            "/log": lambda request: control.log(request.query),
            "/faults": lambda _: faults.as_json(),
            "/settings": lambda _: pool.settings.as_json(),
            "/keys": lambda _: pool.keys.describe(),
            "/secrets": lambda _: people.secrets(),
            "/listeners": lambda _: listeners.state()}
    posts = {"/reset": control.reset, "/faults": control.change_faults,
             "/tamper": control.add_tamper, "/keys": people.change_keys,
             "/settings": people.change_settings, "/issue": people.issue,
             "/clients": people.put_client, "/users": people.put_user,
             "/resource_servers": people.put_resource_server}
    for path, answer in gets.items():
        app.router.add_get(path, _get(answer))
    for path, answer in posts.items():
        app.router.add_post(path, _post(answer))

    async def switch(request: web.Request):
        return web.json_response(await control.switch(await body_of(request)))

    async def delete(request: web.Request):
        people.delete(request.match_info["kind"], request.match_info["name"])
        return web.json_response({})

    app.router.add_post("/listeners", switch)
    app.router.add_delete("/{kind:clients|users}/{name}", delete)
    return app
