// SPDX-License-Identifier: Apache-2.0
// The cookie of a session in shared memory: 32 random bytes, and the keys that
// are derived from them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/aead.hpp"
#include "oidc/flow.hpp"

namespace oidc::session {

// `provider` and `binding` (see session_cookies.hpp) outlive it.
class SessionId {
public:
    static constexpr std::size_t kBytes = 32;

    // session_invalid unless the text is exactly the base64url of 32 bytes,
    // which is checked before any use.
    static base::Result<SessionId> parse(std::string_view cookie,
                                         const Provider&,
                                         std::string_view binding);
    static base::Result<SessionId> draw(Random&, const Provider&,
                                        std::string_view binding);

    std::string cookie() const;
    // The key of the record.
    SessionKey key() const;
    // What is sealed is bound to its generation, too, in a store that keeps
    // several.
    base::Result<std::string> seal(std::string_view record,
                                   std::uint64_t generation = 0) const;
    // session_invalid, whatever is wrong.
    base::Result<std::string> open(std::string_view sealed,
                                   std::uint64_t generation = 0) const;

private:
    SessionId(base::Secret id, const Provider&, std::string_view binding);
    base::Result<crypto::Aead> aead() const;
    // Purpose, provider, client and binding, behind their lengths.
    std::string bound(std::string_view purpose,
                      std::uint64_t generation = 0) const;

    base::Secret id_;
    const Provider& provider_;
    std::string_view binding_;
};

}  // namespace oidc::session
