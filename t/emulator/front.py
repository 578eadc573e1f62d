# SPDX-License-Identifier: Apache-2.0
"""What happens to every call before an endpoint handles it."""

import uuid

from aiohttp import web

from . import mishap
from .faults import Faults
from .pool import Pool
from .recorder import (Recorder, kind_on_domain, kind_on_service, parse_form)

FORM = "application/x-www-form-urlencoded"


def front_of(origin: str, pool: Pool, recorder: Recorder, faults: Faults):
    """Middleware: counts and logs the call, then lets it go well or not."""

    @web.middleware
    async def front(request: web.Request, handler):
        body = await request.read()
        form = parse_form(body.decode("utf-8", "replace")) \
            if request.content_type == FORM else {}
        request["form"] = form
        kind = kind_on_domain(request.path, form) if origin == "domain" \
            else kind_on_service(request.path, request.headers)
        entry = recorder.begin(request, kind, body, form, pool.clock.now())
        fault = faults.take(kind)
        guarded = _guarded(handler)
        if fault is None:
            response = await guarded(request)
        else:
            entry["fault"] = fault.mode
            response = await mishap.answer(fault, kind, request, guarded)
        entry["status"] = response.status
        entry["location"] = response.headers.get("Location")
        return response

    return front


async def plain_headers(request: web.Request, response) -> None:
    """Takes away what aiohttp adds and Cognito does not send."""
    response.headers.pop("Server", None)
    if getattr(response, "body", True) in (None, b""):
        response.headers.pop("Content-Type", None)


def _guarded(handler):
    """The router's own 404 and 405, told as Cognito tells them."""
    async def call(request: web.Request):
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = web.Response(status=error.status)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        if not response.prepared:
            response.headers.setdefault("x-amz-cognito-request-id",
                                        str(uuid.uuid4()))
        return response

    return call
