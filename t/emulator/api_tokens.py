# SPDX-License-Identifier: Apache-2.0
"""The operations of the JSON API on existing tokens."""

from . import tokens
from .api_client import check_secret, client_of, required
from .api_sign_in import REFUSALS, result
from .model import ADMIN_SCOPE, User, text_of
from .pool import Pool
from .sign_in import SignInError

ACCESS_REFUSALS = {
    "unknown": "Invalid Access Token",
    "revoked": "Access Token has been revoked",
    "expired": "Access Token has expired"}


class TokenOperations:
    def __init__(self, pool: Pool):
        self.pool = pool

    def _bearer(self, given: dict) -> User:
        try:
            user, _, chain = tokens.check_access_token(
                self.pool, required(given, "AccessToken"))
        except tokens.TokenError as error:
            raise SignInError("NotAuthorizedException",
                              ACCESS_REFUSALS[error.why]) from error
        if ADMIN_SCOPE not in chain.scopes:
            raise SignInError("NotAuthorizedException",
                              "Access Token does not have required scopes")
        return user

    def get_user(self, given: dict) -> dict:
        user = self._bearer(given)
        found = {"Username": user.username, "UserAttributes": [
            {"Name": name, "Value": text_of(value)}
            for name, value in user.attributes.items()]}
        if user.mfa:
            found["UserMFASettingList"] = [user.mfa]
        return found

    def global_sign_out(self, given: dict) -> dict:
        self.pool.store.sign_out(self._bearer(given).username)
        return {}

    def revoke_token(self, given: dict) -> dict:
        text = required(given, "Token")
        client = client_of(self.pool, given)
        check_secret(client, given.get("ClientSecret"))
        if not client.enable_token_revocation:
            raise SignInError("UnsupportedOperationException",
                              "Token revocation is not enabled")
        if text.count(".") == 2:
            raise SignInError("UnsupportedTokenTypeException",
                              "Unsupported token type")
        if not tokens.revoke(self.pool, client, text):
            raise SignInError("UnauthorizedException",
                              "Token does not belong to this client")
        return {}

    def get_tokens_from_refresh_token(self, given: dict) -> dict:
        text = required(given, "RefreshToken")
        client = client_of(self.pool, given)
        check_secret(client, given.get("ClientSecret"))
        try:
            made = tokens.refresh(self.pool, client, text)
        except tokens.TokenError as error:
            kind = "RefreshTokenReuseException" if error.why == "reused" \
                else "NotAuthorizedException"
            raise SignInError(kind, REFUSALS[error.why]) from error
        return {"AuthenticationResult": result(made)}

    def get_client_token(self, given: dict) -> dict:
        client = client_of(self.pool, given)
        if client.explicit_auth_flows != ["ALLOW_CLIENT_TOKEN_AUTH"]:
            raise SignInError("InvalidParameterException", "CLIENT_TOKEN_AUTH"
                              " flow not enabled for this client")
        if not client.knows_secret(required(given, "Secret")):
            raise SignInError(
                "NotAuthorizedException",
                f"Unable to verify secret for client {client.id}")
        scopes = tokens.machine_scopes(self.pool, client,
                                       given.get("Scopes") or [])
        if not scopes:
            raise SignInError("InvalidParameterException", "Invalid scope")
        made = tokens.issue_machine(self.pool, client, scopes)
        return {"ClientAuthenticationResult": {
            "AccessToken": made.access, "ExpiresIn": made.expires_in,
            "TokenType": "Bearer"}}
