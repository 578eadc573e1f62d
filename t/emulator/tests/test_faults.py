# SPDX-License-Identifier: Apache-2.0
"""Every way in which the emulator can be told to misbehave."""

import http.client
import socket
import time

import pytest
from browser import call
from test_discovery import jwks


def fault(emulator, kind: str, **wanted) -> None:
    emulator.control("POST", "/faults", {kind: wanted})


def keys(emulator):
    return call("GET", emulator.issuer + "/.well-known/jwks.json")


def test_fault_slow_delays_the_response(emulator):
    fault(emulator, "jwks", mode="slow", seconds=0.1)
    start = time.monotonic()
    assert len(keys(emulator).json["keys"]) == 2
    assert time.monotonic() - start >= 0.1


def test_fault_drip_sends_the_response_slowly(emulator):
    fault(emulator, "jwks", mode="drip", bytes=100, seconds=0.01)
    start = time.monotonic()
    assert len(keys(emulator).json["keys"]) == 2
    assert time.monotonic() - start >= 0.08


def test_fault_cut_truncates_the_response(emulator):
    fault(emulator, "jwks", mode="cut", bytes=10)
    with pytest.raises(http.client.IncompleteRead) as caught:
        keys(emulator)
    assert caught.value.partial == b'{"keys":[{'


def test_fault_reset_resets_the_connection(emulator):
    fault(emulator, "jwks", mode="reset")
    with pytest.raises(ConnectionResetError) as caught:
        keys(emulator)
    # a plain close would be the subclass http.client.RemoteDisconnected
    assert caught.type is ConnectionResetError


@pytest.mark.parametrize("wanted, status, start", [
    ({"mode": "status", "status": 503, "body": "no"}, 503, b"no"),
    ({"mode": "garbage"}, 200, b'{"keys":[{"\xff'),
    ({"mode": "html"}, 200, b"<!DOCTYPE html>"),
    ({"mode": "empty"}, 200, b""),
    ({"mode": "redirect", "location": "http://127.0.0.1:9/"}, 302, b""),
])
def test_fault_replaced_changes_status_and_body(
        emulator, wanted, status, start):
    fault(emulator, "jwks", **wanted)
    reply = keys(emulator)
    assert reply.status == status
    assert reply.body.startswith(start) and bool(reply.body) == bool(start)
    if status == 302:
        assert reply.location == "http://127.0.0.1:9/"


def test_fault_huge_pads_the_response(emulator):
    fault(emulator, "jwks", mode="huge", bytes=300_000)
    assert len(keys(emulator).json["padding"]) == 300_000


def test_fault_edit_changes_members(emulator):
    fault(emulator, "discovery", mode="edit", remove=["jwks_uri"],
          set={"issuer": "https://evil.example"})
    found = call("GET", emulator.issuer
                 + "/.well-known/openid-configuration").json
    assert found["issuer"] == "https://evil.example"
    assert "jwks_uri" not in found and "token_endpoint" in found


def test_fault_throttle_refuses_in_the_form_of_the_endpoint(emulator):
    fault(emulator, "api", mode="throttle")
    reply = emulator.api("GetUser", AccessToken="x")
    assert (reply.status, reply.json["__type"]) \
        == (400, "TooManyRequestsException")
    fault(emulator, "token", mode="throttle", rps=3)
    replies = [emulator.machine_token().status for _ in range(4)]
    assert replies == [200, 200, 200, 429]


def test_fault_skip_and_times_select_requests_in_order(emulator):
    emulator.control("POST", "/faults", {"token.client_credentials": [
        {"mode": "status", "status": 500, "skip": 1, "times": 2},
        {"mode": "status", "status": 502, "times": 1}]})
    assert [emulator.machine_token().status for _ in range(5)] \
        == [200, 500, 500, 502, 200]
    fault(emulator, "token.refresh_token", mode="reset")
    assert emulator.machine_token().status == 200


def test_fault_after_the_work_loses_the_response_alone(emulator):
    emulator.settings(rotation=True)
    token = emulator.login()["refresh_token"]
    fault(emulator, "token", mode="reset", handled=True, times=1)
    with pytest.raises(ConnectionResetError):
        emulator.refresh(token)
    assert emulator.refresh(token).json == {"error": "invalid_grant"}


def test_faults_end_when_removed_or_used_up(emulator):
    fault(emulator, "jwks", mode="empty")
    emulator.control("POST", "/faults", {"jwks": None})
    assert len(jwks(emulator)) == 2
    fault(emulator, "jwks", mode="empty")
    emulator.control("POST", "/reset")
    assert len(jwks(emulator)) == 2


def test_listeners_can_be_down(emulator):
    emulator.control("POST", "/listeners", {"domain": False})
    with pytest.raises(ConnectionRefusedError):
        emulator.machine_token()
    assert len(jwks(emulator)) == 2
    emulator.control("POST", "/listeners", {"domain": True})
    assert emulator.machine_token().status == 200


def test_silent_peer_does_not_block_others(emulator):
    port = int(emulator.domain.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as silent:
        silent.sendall(b"POST /oauth2/token HTTP/1.1\r\n")
        assert emulator.machine_token().status == 200
