// SPDX-License-Identifier: Apache-2.0
#include "oidc/token/id_token.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "oidc/token/token_kind.hpp"
#include "oidc/token/token_rules.hpp"
#include "oidc/token/signature.hpp"

namespace oidc::token {
namespace {

using base::Errc;
using base::Error;
using base::Status;

bool is_trusted(const Provider& provider, std::string_view audience) {
    return audience == provider.client_id || provider.any_id_token_audience ||
           std::ranges::find(provider.id_token_audience, audience) !=
               provider.id_token_audience.end();
}

// OIDC Core 3.1.3.7 (4), (5).
Status check_azp(const jose::Claims& claims, const Provider& provider) {
    const base::json::Value azp = claims.get("azp");
    if (azp.present() && !azp.is_null() && azp.string() != provider.client_id) {
        return Error(Errc::azp_mismatch, "id_token \"azp\" is not client_id");
    }
    return {};
}

// OIDC Core 3.1.3.7 (9), (10).
Status check_age(const jose::Claims& claims, const Provider& provider,
                 base::Instant now) {
    auto times = jose::check_times(
        claims, now, {.leeway = provider.leeway, .iat_required = true});
    if (!times) {
        return times;
    }
    const auto iat = claims.time("iat");
    const base::Seconds slack = kIatSlack + provider.leeway;
    if (!iat || base::saturating_add(*iat, slack) < now) {
        return Error(Errc::iat_invalid,
                     "id_token was issued too long ago: \"iat\"; is the clock "
                     "right?");
    }
    return {};
}

// OIDC Core 3.1.3.7 (11). A nonce was sent, so one must come back.
Status check_nonce(const jose::Claims& claims, std::string_view nonce) {
    const auto sent_back = claims.string("nonce");
    if (!sent_back || !crypto::equal(*sent_back, nonce)) {
        return Error(Errc::nonce_mismatch, "id_token \"nonce\" is not ours");
    }
    return {};
}

// OIDC Core 2: at most 255 ASCII characters.
Status check_sub(const jose::Claims& claims) {
    const auto sub = claims.string("sub");
    const auto is_ascii = [](char c) { return c >= ' ' && c <= '~'; };
    if (!sub || sub->size() > kMaxSubBytes ||
        !std::all_of(sub->begin(), sub->end(), is_ascii)) {
        return Error(Errc::sub_invalid,
                     "id_token \"sub\" is missing or unusable");
    }
    return {};
}

// OIDC Core 3.1.3.6: optional, but right if it is there.
Status check_at_hash(const jose::Claims& claims, jose::Alg alg,
                     std::string_view access_token) {
    const base::json::Value at_hash = claims.get("at_hash");
    if (!at_hash.present() || at_hash.is_null()) {
        return {};
    }
    std::string digest = crypto::digest(jose::hash(alg), access_token);
    digest.resize(digest.size() / 2);
    if (at_hash.string() != base::base64url_encode(digest)) {
        return Error(Errc::at_hash_mismatch,
                     "id_token \"at_hash\" is not of the access_token");
    }
    return {};
}

// Cognito's ID and access tokens differ in this alone.
Status check_token_use(const jose::Claims& claims, const Provider& provider) {
    if (traits(provider.profile).has_token_use &&
        claims.string("token_use") != "id") {
        return Error(Errc::token_use_mismatch,
                     "id_token \"token_use\" is not id");
    }
    return {};
}

bool allows_hmac(const jose::AlgSet& algs) {
    return algs.has(jose::Alg::HS256) || algs.has(jose::Alg::HS384) ||
           algs.has(jose::Alg::HS512);
}

// OIDC Core 12.2: the issuer, the user and the audience of the login.
Status check_same_login(const jose::Claims& claims,
                        const jose::Claims& before) {
    if (claims.string("iss") != before.string("iss")) {
        return Error(Errc::iss_mismatch,
                     "the refreshed id_token has another \"iss\"");
    }
    if (claims.string("sub") != before.string("sub")) {
        return Error(Errc::sub_invalid,
                     "the refreshed id_token has another \"sub\"");
    }
    for (const auto aud : before.get("aud").elements()) {
        if (!claims.holds("aud", aud.string().value_or(""))) {
            return Error(Errc::aud_mismatch,
                         "the refreshed id_token has another \"aud\"");
        }
    }
    if (claims.get("nonce").present() &&
        (!claims.string("nonce") ||
         claims.string("nonce") != before.string("nonce"))) {
        return Error(Errc::nonce_mismatch,
                     "the refreshed id_token has another \"nonce\"");
    }
    return {};
}

Status first_wrong(std::initializer_list<Status> verdicts) {
    for (const Status& verdict : verdicts) {
        if (!verdict) {
            return verdict;
        }
    }
    return {};
}

// Checks of every ID token.
Status judge(const jose::VerifiedToken& token, const Provider& provider,
             std::string_view access_token, base::Instant now) {
    const jose::Claims& claims = token.claims();
    return first_wrong({
        jose::check_issuer(claims, provider.issuers),
        check_token_use(claims, provider),
        check_not_foreign_to_id_token(claims),
        check_audience(claims, provider),
        check_azp(claims, provider),
        check_age(claims, provider, now),
        check_sub(claims),
        check_at_hash(claims, token.alg(), access_token),
    });
}

base::Result<jose::VerifiedToken> verify_signature(std::string_view token,
                                                   const jose::KeySet& keys,
                                                   const Provider& provider) {
    jose::VerifyRule rule;
    rule.algs = provider.algs;
    rule.typ = jose::TypRule::id_token;
    if (allows_hmac(provider.algs)) {
        rule.hmac_key = provider.client_secret.reveal();
    }
    auto verified = jose::verify(token, keys, rule);
    if (!rule.hmac_key.empty() && is_of_second_secret(provider, verified)) {
        rule.hmac_key = provider.second_client_secret.reveal();
        verified = jose::verify(token, keys, rule);
    }
    return verified;
}

}  // namespace

base::Status check_audience(const jose::Claims& claims,
                            const Provider& provider) {
    for (const auto aud : claims.get("aud").elements()) {
        const auto member = aud.string();
        if (!member || !is_trusted(provider, *member)) {
            return Error(Errc::aud_mismatch,
                         "the token's \"aud\" names another audience beside "
                         "client_id: see id_token_audience");
        }
    }
    if (!claims.holds("aud", provider.client_id)) {
        return Error(Errc::aud_mismatch,
                     "the token's \"aud\" does not contain client_id");
    }
    return {};
}

base::Result<jose::Claims> verify_id_token(std::string_view token,
                                           const jose::KeySet& keys,
                                           const Provider& provider,
                                           const LoginProof& proof,
                                           base::Instant now) {
    auto verified = verify_signature(token, keys, provider);
    if (!verified) {
        return verified.error();
    }
    if (auto verdict =
            first_wrong({judge(*verified, provider, proof.access_token, now),
                         check_nonce(verified->claims(), proof.nonce)});
        !verdict) {
        return verdict.error();
    }
    return std::move(*verified).take_claims();
}

base::Result<jose::Claims> verify_refreshed_id_token(
    std::string_view token, const jose::KeySet& keys, const Provider& provider,
    const jose::Claims& before, std::string_view access_token,
    base::Instant now) {
    auto verified = verify_signature(token, keys, provider);
    if (!verified) {
        return verified.error();
    }
    if (auto verdict =
            first_wrong({judge(*verified, provider, access_token, now),
                         check_same_login(verified->claims(), before)});
        !verdict) {
        return verdict.error();
    }
    return std::move(*verified).take_claims();
}

}  // namespace oidc::token
