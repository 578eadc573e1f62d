// SPDX-License-Identifier: Apache-2.0
#include "oidc/web/cookie_sealer.hpp"

#include <algorithm>
#include <bitset>

#include "base/ascii.hpp"
#include "base/base64url.hpp"
#include "base/byte_io.hpp"
#include "crypto/hmac.hpp"

namespace oidc::web {

namespace {

// The first byte inside the envelope names the encoding of the rest, which is
// never guessed.
constexpr char kAsItIs = 1;
constexpr std::string_view kNamesPurpose = "names 1";

constexpr std::size_t kMinDifferentBytes = 8;

std::string_view word(Purpose purpose) noexcept {
    switch (purpose) {
        case Purpose::session:
            return "auth_oidc session";
        case Purpose::login_attempt:
            return "auth_oidc login_attempt";
    }
    return "";
}

// Length-prefixed, so that no two contexts give the same bytes.
std::string associated(const SealContext& context) {
    base::ByteWriter writer;
    writer.blob(word(context.purpose))
        .blob(context.cookie_name)
        .blob(context.provider)
        .blob(context.client_id)
        .blob(context.host);
    return std::move(writer.bytes());
}

std::size_t different_bytes(std::string_view secret) noexcept {
    std::bitset<256> seen;
    for (const char c : secret) {
        seen.set(static_cast<unsigned char>(c));
    }
    return seen.count();
}

}  // namespace

base::Status check_secret(std::string_view secret) {
    if (secret.size() < kMinSecretBytes) {
        return base::Error(base::Errc::config_invalid,
                           "a secret is shorter than 32 bytes");
    }
    if (different_bytes(secret) < kMinDifferentBytes) {
        return base::Error(base::Errc::config_invalid,
                           "a secret repeats a few bytes");
    }
    std::string lower(secret);
    std::transform(lower.begin(), lower.end(), lower.begin(), base::lower);
    const base::Secret copy = base::Secret::take(lower);
    for (const std::string_view sample : {"example", "change"}) {
        if (copy.reveal().find(sample) != std::string_view::npos) {
            return base::Error(base::Errc::config_invalid,
                               "a secret is a sample");
        }
    }
    return {};
}

base::Result<Sealer::Keys> Sealer::derive(const base::Secret& secret) {
    const auto key = [&](Purpose purpose) -> base::Result<crypto::Aead> {
        const auto bytes = crypto::derive_key(secret.reveal(), word(purpose));
        if (!bytes) {
            return bytes.error();
        }
        return crypto::Aead::create(*bytes);
    };
    auto session = key(Purpose::session);
    auto login_attempt = key(Purpose::login_attempt);
    for (const auto* made : {&session, &login_attempt}) {
        if (!*made) {
            return made->error();
        }
    }
    auto names = crypto::derive_key(secret.reveal(), kNamesPurpose);
    if (!names) {
        return names.error();
    }
    return Keys{*std::move(session), *std::move(login_attempt),
                *std::move(names)};
}

const crypto::Aead& Sealer::Keys::of(Purpose purpose) const noexcept {
    switch (purpose) {
        case Purpose::session:
            return session;
        case Purpose::login_attempt:
            return login_attempt;
    }
    return session;
}

std::vector<std::string_view> Sealer::names_keys() const {
    std::vector<std::string_view> all;
    for (const Keys& keys : keys_) {
        all.push_back(keys.names.reveal());
    }
    return all;
}

base::Result<Sealer> Sealer::create(const std::vector<base::Secret>& secrets) {
    std::vector<Keys> keys;

    if (secrets.empty()) {
        return base::Error(base::Errc::config_invalid, "no session_secret");
    }
    for (const base::Secret& secret : secrets) {
        auto made = derive(secret);
        if (!made) {
            return made.error();
        }
        keys.push_back(*std::move(made));
    }
    return Sealer(std::move(keys));
}

base::Result<SealedBytes> Sealer::seal(const SealContext& context,
                                       std::string_view plain) const {
    std::string tagged;
    tagged.reserve(1 + plain.size());
    tagged.push_back(kAsItIs);
    tagged.append(plain);
    const base::Secret inside = base::Secret::take(tagged);
    const auto sealed = keys_.front()
                            .of(context.purpose)
                            .seal(inside.reveal(), associated(context));
    if (!sealed) {
        return sealed.error();
    }
    return SealedBytes(base::base64url_encode(*sealed));
}

base::Result<std::string> Sealer::open(const SealContext& context,
                                       std::string_view text) const {
    const auto sealed = base::base64url_decode(text);
    if (!sealed) {
        return base::Errc::session_invalid;
    }
    const std::string bound = associated(context);
    for (const Keys& keys : keys_) {
        auto opened = keys.of(context.purpose).open(*sealed, bound);
        if (!opened) {
            continue;
        }
        if (opened->empty() || opened->front() != kAsItIs) {
            return base::Errc::session_invalid;
        }
        opened->erase(0, 1);
        return opened;
    }
    return base::Errc::session_invalid;
}

}  // namespace oidc::web
