// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/session_id.hpp"

#include "base/base64url.hpp"
#include "base/byte_io.hpp"
#include "crypto/hmac.hpp"

namespace oidc::session {
namespace {

using base::Errc;

constexpr std::size_t kCookieLength = 43;  // base64url of 32 bytes
constexpr std::string_view kPlacePurpose = "session place 1";
constexpr std::string_view kRecordPurpose = "session record 1";

}  // namespace

SessionId::SessionId(base::Secret id, const Provider& provider,
                     std::string_view binding)
    : id_(std::move(id)), provider_(provider), binding_(binding) {
}

base::Result<SessionId> SessionId::parse(std::string_view cookie,
                                         const Provider& provider,
                                         std::string_view binding) {
    if (cookie.size() != kCookieLength || binding.empty()) {
        return Errc::session_invalid;
    }
    auto id = base::base64url_decode(cookie);
    if (!id || id->size() != kBytes) {
        return Errc::session_invalid;
    }
    return SessionId(base::Secret::take(*id), provider, binding);
}

base::Result<SessionId> SessionId::draw(Random& random,
                                        const Provider& provider,
                                        std::string_view binding) {
    auto id = random.bytes(kBytes);
    if (!id) {
        return id.error();
    }
    return SessionId(base::Secret::take(*id), provider, binding);
}

std::string SessionId::cookie() const {
    return base::base64url_encode(id_.reveal());
}

std::string SessionId::bound(std::string_view purpose,
                             std::uint64_t generation) const {
    base::ByteWriter fields;

    fields.blob(purpose)
        .blob(provider_.name)
        .blob(provider_.client_id)
        .blob(binding_);
    if (generation != 0) {
        fields.i64(static_cast<std::int64_t>(generation));
    }
    return std::move(fields.bytes());
}

SessionKey SessionId::key() const {
    base::ByteWriter fields;

    fields.blob(bound(kPlacePurpose)).blob(id_.reveal());
    const auto digest = crypto::sha256(fields.bytes());
    base::wipe(fields.bytes().data(), fields.bytes().size());
    return digest;
}

base::Result<crypto::Aead> SessionId::aead() const {
    const auto key = crypto::derive_key(id_.reveal(), kRecordPurpose);
    if (!key) {
        return key.error();
    }
    return crypto::Aead::create(*key);
}

base::Result<std::string> SessionId::seal(std::string_view record,
                                          std::uint64_t generation) const {
    const auto own = aead();
    if (!own) {
        return own.error();
    }
    return own->seal(record, bound(kRecordPurpose, generation));
}

base::Result<std::string> SessionId::open(std::string_view sealed,
                                          std::uint64_t generation) const {
    const auto own = aead();
    if (!own) {
        return own.error();
    }
    return own->open(sealed, bound(kRecordPurpose, generation));
}

}  // namespace oidc::session
