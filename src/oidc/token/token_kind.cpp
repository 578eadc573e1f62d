// SPDX-License-Identifier: Apache-2.0
#include "oidc/token/token_kind.hpp"

#include <algorithm>
#include <array>

#include "base/http.hpp"
#include "jose/jws.hpp"

namespace oidc::token {
namespace {

using base::Errc;
using base::Error;
using jose::Claims;

enum class Mark { id_token, foreign };

// Claims that only tokens of one kind have, and that kind.
struct MarkedClaim {
    std::string_view name;
    Mark mark;
};
constexpr std::array kMarks = {
    // ID tokens: OIDC Core 2, 3.1.3.6, 3.3.2.11; s_hash: FAPI 1.0 part 2, 5.
    MarkedClaim{"nonce", Mark::id_token},
    MarkedClaim{"at_hash", Mark::id_token},
    MarkedClaim{"c_hash", Mark::id_token},
    MarkedClaim{"s_hash", Mark::id_token},
    // Authorization responses (JARM 2.1), errors included.
    MarkedClaim{"code", Mark::foreign},
    MarkedClaim{"error", Mark::foreign},
    MarkedClaim{"state", Mark::foreign},
    MarkedClaim{"response", Mark::foreign},
    // Security events (RFC 8417 2.2), logout tokens among them.
    MarkedClaim{"events", Mark::foreign},
    // Introspection responses (RFC 9701 5).
    MarkedClaim{"token_introspection", Mark::foreign},
    // DPoP proofs (RFC 9449 4.2).
    MarkedClaim{"htm", Mark::foreign},
};

// How providers name the client: RFC 9068 2.2, OIDC Core 2, Entra ID, Okta.
constexpr std::array<const char*, 4> kClients = {"client_id", "azp", "appid",
                                                 "cid"};
// And what it may do: RFC 8693 4.2, Entra ID, RFC 9068 2.2.3.1, Auth0.
constexpr std::array<const char*, 4> kPermissions = {"scope", "scp", "roles",
                                                     "permissions"};

// Claims of ID tokens about the login: OIDC Core 2, 3.1.3.6, Session 1.0 3.
constexpr std::array<const char*, 9> kLogin = {"nonce",  "at_hash",   "c_hash",
                                               "s_hash", "auth_time", "acr",
                                               "amr",    "azp",       "sid"};

base::Status check_marks(const Claims& claims, bool is_id_token) {
    bool is_foreign = false;
    claims.root().each_member(
        [&](std::string_view name, const base::json::Value&) {
            for (const MarkedClaim& one : kMarks) {
                is_foreign = is_foreign ||
                             (one.name == name &&
                              !(is_id_token && one.mark == Mark::id_token));
            }
        });
    return is_foreign ? Error(Errc::token_use_mismatch,
                              "the token has a claim of another kind of token")
                      : base::Status();
}

// Keycloak's claim: Bearer, ID, Refresh, Offline, Logout.
base::Status check_typ(const Claims& claims, std::string_view wanted) {
    const auto typ = claims.get("typ");
    if (!typ.present() || typ.string() == wanted) {
        return {};
    }
    return Error(Errc::token_use_mismatch,
                 "the claim \"typ\" says that the token is of another kind");
}

template <std::size_t N>
bool has_one(const Claims& claims, const std::array<const char*, N>& names) {
    return std::ranges::any_of(names, [&](const char* name) {
        const auto value = claims.get(name);
        return value.present() && !value.is_null();
    });
}

bool has_access_token_typ(std::string_view token) {
    const auto jws = jose::parse_jws(token);
    return jws && jws->typ && !base::equals_ignore_case(*jws->typ, "JWT");
}

// Keycloak, Curity, Cognito.
bool says_access_token(const Claims& claims) {
    return claims.string("typ") == "Bearer" ||
           claims.string("purpose") == "access_token" ||
           claims.string("token_use") == "access";
}

}  // namespace

base::Status check_not_foreign_to_access_token(const Claims& claims) {
    const auto status = check_marks(claims, false);
    return status ? check_typ(claims, "Bearer") : status;
}

base::Status check_not_foreign_to_id_token(const Claims& claims) {
    const auto status = check_marks(claims, true);
    if (!status) {
        return status;
    }
    const bool is_access_token =
        claims.string("purpose") == "access_token" ||
        (claims.get("client_id").present() && claims.get("scope").present());
    return is_access_token
               ? Error(Errc::token_use_mismatch, "the token is an access token")
               : check_typ(claims, "ID");
}

base::Status check_is_access_token(const Claims& claims,
                                   std::string_view token) {
    const bool has_client = has_one(claims, kClients);
    if (!claims.string("sub") && !has_client) {
        return Error(Errc::sub_invalid,
                     "the token names neither a subject nor a client");
    }
    if ((has_client && has_one(claims, kPermissions)) ||
        says_access_token(claims) || has_access_token_typ(token)) {
        return {};
    }
    return Error(Errc::token_use_mismatch,
                 "the token does not say that it is an access token: it has "
                 "neither the header typ at+jwt nor a client and a scope");
}

base::Status check_is_id_token(const Claims& claims, std::string_view token) {
    if (claims.get("scope").present() || claims.get("scp").present() ||
        says_access_token(claims) || has_access_token_typ(token)) {
        return Error(Errc::token_use_mismatch, "the token is an access token");
    }
    if (!claims.get("iat").present()) {
        return Errc::iat_invalid;
    }
    return has_one(claims, kLogin) || claims.string("typ") == "ID" ||
                   claims.string("token_use") == "id"
               ? base::Status()
               : Error(Errc::token_use_mismatch,
                       "the token does not say that it is an ID token: it "
                       "tells nothing about a login");
}

}  // namespace oidc::token
