// SPDX-License-Identifier: Apache-2.0
// A record has one spelling: what can be read is written the same.

#include <cstdlib>

#include "oidc/session/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto record = oidc::session::decode(bytes);

    if (record && oidc::session::encode(*record) != bytes) {
        std::abort();
    }
    return 0;
}
