# SPDX-License-Identifier: Apache-2.0
"""The JSON API: signing in by password, and tokens afterwards."""

import base64
import hashlib
import hmac
import json

import pytest
from browser import call, decode

NOT_AUTHORIZED = "NotAuthorizedException"


def secret_hash(client, username: str) -> str:
    return base64.b64encode(hmac.new(
        client["secret"].encode(), (username + client["id"]).encode(),
        hashlib.sha256).digest()).decode()


def sign_in(emulator, username="jane", password="Correct-horse1",
            client=None, **parameters):
    client = client or emulator.public
    parameters = {"USERNAME": username, "PASSWORD": password, **parameters}
    if client["secret"]:
        parameters.setdefault("SECRET_HASH", secret_hash(client, username))
    return emulator.api("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH",
                        ClientId=client["id"], AuthParameters={
                            k: v for k, v in parameters.items() if v})


def refused(reply, kind: str, message: str | None = None) -> None:
    assert reply.status == 400
    assert reply.json["__type"] == kind
    if message is not None:
        assert reply.json["message"] == message


def tokens_of(reply) -> dict:
    assert reply.status == 200, reply.body
    return reply.json["AuthenticationResult"]


def test_sign_in_returns_tokens(emulator):
    reply = sign_in(emulator)
    found = tokens_of(reply)
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert reply.json["ChallengeParameters"] == {}
    assert set(found) == {"AccessToken", "IdToken", "RefreshToken",
                          "ExpiresIn", "TokenType"}
    access, id_ = decode(found["AccessToken"]), decode(found["IdToken"])
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert access["origin_jti"] == id_["origin_jti"]
    assert not {"at_hash", "nonce"} & set(id_)
    assert emulator.userinfo(found["AccessToken"]).status == 401


def test_sign_in_by_an_alias_succeeds(emulator):
    found = tokens_of(sign_in(emulator, "jane@example.com"))
    assert decode(found["AccessToken"])["username"] == "jane"


def test_sign_in_of_a_confidential_client_needs_its_secret_hash(emulator):
    client = emulator.confidential
    assert sign_in(emulator, client=client).status == 200
    refused(sign_in(emulator, client=client, SECRET_HASH="eA=="),
            NOT_AUTHORIZED,
            f"Unable to verify secret hash for client {client['id']}")
    refused(sign_in(emulator, client={**client, "secret": None}),
            NOT_AUTHORIZED, f"Client {client['id']} is configured with"
            " secret but SECRET_HASH was not received")


@pytest.mark.parametrize("username, password, kind, message", [
    ("jane", "x", NOT_AUTHORIZED, "Incorrect username or password."),
    ("nobody", "x", NOT_AUTHORIZED, "Incorrect username or password."),
    ("Google_104511110000", "x", NOT_AUTHORIZED,
     "Incorrect username or password."),
    ("disabled", "Gone-away-6", NOT_AUTHORIZED, "User is disabled."),
    ("unconfirmed", "Not-yet-4", "UserNotConfirmedException",
     "User is not confirmed."),
    ("reset", "Forgotten-5", "PasswordResetRequiredException", None),
    ("jane", None, "InvalidParameterException", None),
])
def test_sign_in_refusals_have_the_type_and_message_of_cognito(
        emulator, username, password, kind, message):
    refused(sign_in(emulator, username, password), kind, message)


def test_sign_in_of_an_unknown_user_is_revealed_if_set(emulator):
    emulator.control("POST", "/clients", {
        "id": emulator.public["id"], "prevent_user_existence_errors": False})
    refused(sign_in(emulator, "nobody"), "UserNotFoundException",
            "User does not exist.")


def test_misconfigured_client_is_refused_with_its_own_error(emulator):
    unknown = {"id": "x", "secret": None}
    refused(sign_in(emulator, client=unknown), "ResourceNotFoundException",
            "User pool client x does not exist.")
    refused(sign_in(emulator, client=emulator.machine),
            "InvalidParameterException",
            "USER_PASSWORD_AUTH flow not enabled for this client")


def test_lockout_doubles_and_ends(emulator):
    for _ in range(5):
        refused(sign_in(emulator, password="x"), NOT_AUTHORIZED,
                "Incorrect username or password.")
    for _ in range(3):  # asking while locked prolongs nothing
        refused(sign_in(emulator), NOT_AUTHORIZED,
                "Password attempts exceeded")
    assert sign_in(emulator, "john", "Battery-staple2").status == 200
    emulator.settings(clock_offset=1.1)
    refused(sign_in(emulator, password="x"), NOT_AUTHORIZED,
            "Incorrect username or password.")
    emulator.settings(clock_offset=2.5)
    refused(sign_in(emulator), NOT_AUTHORIZED, "Password attempts exceeded")
    emulator.settings(clock_offset=3.5)
    assert sign_in(emulator).status == 200
    refused(sign_in(emulator, password="x"), NOT_AUTHORIZED,
            "Incorrect username or password.")


def respond(emulator, session, username="newcomer", **responses):
    return emulator.api(
        "RespondToAuthChallenge", ChallengeName="NEW_PASSWORD_REQUIRED",
        ClientId=emulator.public["id"], Session=session,
        ChallengeResponses={"USERNAME": username, **responses})


def test_new_password_challenge_is_answered(emulator):
    reply = sign_in(emulator, "newcomer", "Temporary-3")
    assert reply.status == 200
    assert reply.json["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert "AuthenticationResult" not in reply.json
    assert json.loads(reply.json["ChallengeParameters"]["userAttributes"]) \
        == {"email": "newcomer@example.com", "email_verified": "true"}
    session = reply.json["Session"]
    refused(respond(emulator, session, NEW_PASSWORD="short"),
            "InvalidPasswordException")
    refused(respond(emulator, session, "jane", NEW_PASSWORD="Permanent-8"),
            NOT_AUTHORIZED)
    assert "AccessToken" in tokens_of(
        respond(emulator, session, NEW_PASSWORD="Permanent-8"))
    refused(respond(emulator, session, NEW_PASSWORD="Permanent-9"),
            NOT_AUTHORIZED)
    assert "AccessToken" in tokens_of(
        sign_in(emulator, "newcomer", "Permanent-8"))


def test_challenge_expires(emulator):
    session = sign_in(emulator, "newcomer", "Temporary-3").json["Session"]
    emulator.settings(clock_offset=181)
    refused(respond(emulator, session, NEW_PASSWORD="Permanent-8"),
            NOT_AUTHORIZED,
            "Invalid session for the user, session is expired.")


def test_second_factor_is_a_challenge(emulator):
    reply = sign_in(emulator, "totp", "Two-factors-7").json
    assert reply["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    answer = {"ChallengeName": "SOFTWARE_TOKEN_MFA",
              "ClientId": emulator.public["id"], "Session": reply["Session"]}
    for code, status in (("000000", 400), ("123456", 200)):
        reply = emulator.api("RespondToAuthChallenge", **answer,
                             ChallengeResponses={
                                 "USERNAME": "totp",
                                 "SOFTWARE_TOKEN_MFA_CODE": code})
        assert reply.status == status


def refresh(emulator, token, client=None, **parameters):
    return emulator.api("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH",
                        ClientId=(client or emulator.public)["id"],
                        AuthParameters={"REFRESH_TOKEN": token,
                                        **parameters})


def test_refresh_token_auth_returns_no_new_refresh_token(emulator):
    first = tokens_of(sign_in(emulator))
    again = tokens_of(refresh(emulator, first["RefreshToken"]))
    assert "RefreshToken" not in again
    assert emulator.refresh(first["RefreshToken"],
                            emulator.public).status == 200
    refused(refresh(emulator, "x"), NOT_AUTHORIZED, "Invalid Refresh Token")
    emulator.settings(rotation=True)
    refused(refresh(emulator, first["RefreshToken"]),
            "InvalidParameterException")


def test_refresh_needs_the_secret_hash_of_the_real_user_name(emulator):
    client = emulator.confidential
    token = tokens_of(sign_in(emulator, "jane@example.com",
                              client=client))["RefreshToken"]
    for name, status in (("jane@example.com", 400), ("jane", 200)):
        assert refresh(emulator, token, client, SECRET_HASH=secret_hash(
            client, name)).status == status


def test_get_tokens_from_refresh_token_rotates_if_set(emulator):
    client = emulator.confidential
    first = tokens_of(sign_in(emulator, client=client))["RefreshToken"]

    def get(token, secret=client["secret"]):
        return emulator.api("GetTokensFromRefreshToken", RefreshToken=token,
                            ClientId=client["id"], ClientSecret=secret)

    assert "RefreshToken" not in tokens_of(get(first))
    refused(get(first, "x"), NOT_AUTHORIZED)
    emulator.settings(rotation=True)
    second = tokens_of(get(first))["RefreshToken"]
    refused(get(first), "RefreshTokenReuseException")
    assert tokens_of(get(second))["RefreshToken"] != second


def test_get_user_returns_the_attributes(emulator):
    token = tokens_of(sign_in(emulator))["AccessToken"]
    found = emulator.api("GetUser", AccessToken=token).json
    assert found["Username"] == "jane"
    assert {"Name": "email_verified", "Value": "true"} \
        in found["UserAttributes"]
    plain = emulator.login(scope="openid")["access_token"]
    refused(emulator.api("GetUser", AccessToken=plain), NOT_AUTHORIZED,
            "Access Token does not have required scopes")
    refused(emulator.api("GetUser", AccessToken="x"), NOT_AUTHORIZED)
    emulator.settings(clock_offset=3601)
    refused(emulator.api("GetUser", AccessToken=token), NOT_AUTHORIZED,
            "Access Token has expired")


def test_global_sign_out_revokes_all_tokens(emulator):
    hosted, api = emulator.login(), tokens_of(sign_in(emulator))
    token = api["AccessToken"]
    assert emulator.api("GlobalSignOut", AccessToken=token).json == {}
    refused(emulator.api("GetUser", AccessToken=token), NOT_AUTHORIZED,
            "Access Token has been revoked")
    refused(refresh(emulator, api["RefreshToken"]), NOT_AUTHORIZED,
            "Refresh Token has been revoked")
    assert emulator.userinfo(hosted["access_token"]).status == 401
    assert emulator.userinfo(emulator.login()["access_token"]).status == 200


def test_revoke_token_revokes_the_chain(emulator):
    client = emulator.confidential
    found = tokens_of(sign_in(emulator, client=client))

    def revoke(token, secret=client["secret"]):
        return emulator.api("RevokeToken", Token=token,
                            ClientId=client["id"], ClientSecret=secret)

    refused(revoke(found["RefreshToken"], "x"), NOT_AUTHORIZED)
    refused(revoke(found["AccessToken"]), "UnsupportedTokenTypeException")
    assert revoke(found["RefreshToken"]).json == {}
    refused(emulator.api("GetUser", AccessToken=found["AccessToken"]),
            NOT_AUTHORIZED, "Access Token has been revoked")


def test_client_token_has_the_client_and_scope(emulator):
    client = emulator.client_token

    def get(client=client, **body):
        return emulator.api("GetClientToken", ClientId=client["id"],
                            Secret=client["secret"], **body)

    found = get(Scopes=["kongresource/scope1"]) \
        .json["ClientAuthenticationResult"]
    assert set(found) == {"AccessToken", "ExpiresIn", "TokenType"}
    claims = decode(found["AccessToken"])
    assert (claims["sub"], claims["scope"]) \
        == (client["id"], "kongresource/scope1")
    refused(get({**client, "secret": "x"}), NOT_AUTHORIZED)
    refused(get(emulator.machine), "InvalidParameterException")


def test_unknown_api_call_is_refused(emulator):
    refused(emulator.api("DeletePool"), "UnknownOperationException")
    target = "AWSCognitoIdentityProviderService.GetUser"
    reply = call("POST", emulator.service + "/", "{", {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": target})
    refused(reply, "SerializationException")
    refused(emulator.api("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH",
                         ClientId=emulator.public["id"], AuthParameters=[]),
            "InvalidParameterException")
    assert emulator.counters() == {
        "api.DeletePool": 1, "api.GetUser": 1, "api.InitiateAuth": 1}
