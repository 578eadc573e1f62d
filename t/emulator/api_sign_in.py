# SPDX-License-Identifier: Apache-2.0
"""InitiateAuth and RespondToAuthChallenge."""

import json

from . import tokens
from .api_client import check_secret_hash, client_of, members, required
from .model import ADMIN_SCOPE, Client, User, text_of
from .pool import Pool
from .sign_in import SignInError, check_password, set_password
from .store import Chain, Challenge

REFUSALS = {
    "unknown": "Invalid Refresh Token",
    "revoked": "Refresh Token has been revoked",
    "expired": "Refresh Token has expired",
    "reused": "Refresh Token has been revoked"}


def result(made: tokens.TokenSet) -> dict:
    found = {"AccessToken": made.access, "ExpiresIn": made.expires_in,
             "IdToken": made.id, "TokenType": "Bearer"}
    if made.refresh:
        found["RefreshToken"] = made.refresh
    return found


class SignIn:
    def __init__(self, pool: Pool):
        self.pool = pool

    def initiate_auth(self, given: dict) -> dict:
        flow = required(given, "AuthFlow")
        client = client_of(self.pool, given)
        parameters = members(given, "AuthParameters")
        if flow == "USER_PASSWORD_AUTH":
            return self._password(client, parameters)
        if flow in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"):
            return self._refresh(client, parameters)
        raise SignInError("InvalidParameterException",
                          f"{flow} flow not enabled for this client")

    def _need_flow(self, client: Client, flow: str) -> None:
        if f"ALLOW_{flow}" not in client.explicit_auth_flows:
            raise SignInError("InvalidParameterException",
                              f"{flow} flow not enabled for this client")

    def _password(self, client: Client, parameters: dict) -> dict:
        self._need_flow(client, "USER_PASSWORD_AUTH")
        username = required(parameters, "USERNAME")
        password = required(parameters, "PASSWORD")
        check_secret_hash(client, parameters, [username])
        user = check_password(self.pool, username, password,
                              not client.prevent_user_existence_errors)
        if user.status == "FORCE_CHANGE_PASSWORD":
            attributes = {name: text_of(value) for name, value
                          in user.attributes.items() if name != "sub"}
            return self._challenge(client, user, "NEW_PASSWORD_REQUIRED", {
                "USER_ID_FOR_SRP": user.username, "requiredAttributes": "[]",
                "userAttributes": json.dumps(attributes)})
        if user.mfa:
            return self._challenge(client, user, user.mfa, {
                "USER_ID_FOR_SRP": user.username})
        return self._signed_in(client, user)

    def _challenge(self, client: Client, user: User, name: str,
                   parameters: dict) -> dict:
        life = self.pool.settings.auth_session_validity
        session = self.pool.store.add_challenge(Challenge(
            name, user.username, client.id, self.pool.clock.now() + life))
        return {"ChallengeName": name, "ChallengeParameters": parameters,
                "Session": session}

    def _signed_in(self, client: Client, user: User) -> dict:
        made = tokens.first_issue(self.pool, Chain(
            client.id, user.username, [ADMIN_SCOPE],
            self.pool.clock.seconds(), oauth=False))
        return {"AuthenticationResult": result(made),
                "ChallengeParameters": {}}

    def _refresh(self, client: Client, parameters: dict) -> dict:
        if self.pool.settings.rotation:  # a real pool allows one or other
            raise SignInError("InvalidParameterException", "REFRESH_TOKEN"
                              "_AUTH flow not enabled for this client")
        self._need_flow(client, "REFRESH_TOKEN_AUTH")
        text = required(parameters, "REFRESH_TOKEN")
        held = self.pool.store.refresh_tokens.get(text)
        user = self.pool.user(held.chain.username) if held else None
        names = [user.username, user.sub] if user else []
        if user:
            check_secret_hash(client, parameters, names)
        try:
            made = tokens.refresh(self.pool, client, text)
        except tokens.TokenError as error:
            raise SignInError("NotAuthorizedException",
                              REFUSALS[error.why]) from error
        return {"AuthenticationResult": result(made),
                "ChallengeParameters": {}}

    def respond_to_auth_challenge(self, given: dict) -> dict:
        client = client_of(self.pool, given)
        name = required(given, "ChallengeName")
        session = required(given, "Session")
        responses = members(given, "ChallengeResponses")
        username = required(responses, "USERNAME")
        check_secret_hash(client, responses, [username])
        user = self._challenged(client, name, session, username)
        if name == "NEW_PASSWORD_REQUIRED":
            set_password(user, required(responses, "NEW_PASSWORD"))
        else:
            self._check_code(name, responses)
        del self.pool.store.challenges[session]
        return self._signed_in(client, user)

    def _challenged(self, client: Client, name: str, session: str,
                    username: str) -> User:
        held = self.pool.store.challenges.get(session)
        user = self.pool.user(username)
        if held is None or user is None or held.name != name \
                or held.client_id != client.id \
                or held.username != user.username:
            raise SignInError("NotAuthorizedException",
                              "Invalid session for the user.")
        if held.expires <= self.pool.clock.now():
            raise SignInError(
                "NotAuthorizedException",
                "Invalid session for the user, session is expired.")
        return user

    def _check_code(self, name: str, responses: dict) -> None:
        """The second factor of every user is 123456."""
        if required(responses, f"{name}_CODE") != "123456":
            raise SignInError("CodeMismatchException",
                              "Invalid code or auth state for the user.")
