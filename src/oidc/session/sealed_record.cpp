// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/sealed_record.hpp"

#include "crypto/hmac.hpp"
#include "jose/claims.hpp"
#include "oidc/session/codec.hpp"
#include "oidc/session/limits.hpp"

namespace oidc::session {

base::Result<std::string> seal_record(const SessionId& id, const Record& record,
                                      std::uint64_t generation) {
    std::string encoded = encode(record);
    const base::Secret plain = base::Secret::take(encoded);

    return plain.size() > kMaxRecordBytes
               ? base::Result<std::string>(base::Errc::session_too_large)
               : id.seal(plain.reveal(), generation);
}

base::Result<crypto::Digest256> owner_of(std::string_view key,
                                         const Provider& provider,
                                         const Record& record) {
    const auto claims = jose::Claims::parse(record.claims);
    return owner_of(key, provider, record.issuer,
                    claims ? claims->string("sub").value_or("") : "");
}

base::Result<crypto::Digest256> owner_of(std::string_view key,
                                         const Provider& provider,
                                         std::string_view issuer,
                                         std::string_view sub) {
    return crypto::hmac_fields(key, {"owner", provider.name, issuer, sub});
}

}  // namespace oidc::session
