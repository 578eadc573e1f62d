// SPDX-License-Identifier: Apache-2.0
// Each value that is joined from a Cookie header can be written again, and then
// joins to the same.

#include <cstdlib>
#include <utility>

#include "base/cookie.hpp"
#include "oidc/web/cookie_chunks.hpp"

namespace {

using Cookies = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> joined(const Cookies& cookies) {
    return oidc::web::join(
        "S",
        [&](std::string_view name) {
            std::vector<std::string_view> values;
            for (const auto& [have, value] : cookies) {
                if (have == name) {
                    values.push_back(value);
                }
            }
            return values;
        },
        8);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    Cookies cookies;
    base::each_cookie({reinterpret_cast<const char*>(data), size},
                      [&](base::CookiePair pair) {
                          cookies.emplace_back(pair.name, pair.value);
                      });
    for (const std::string& value : joined(cookies)) {
        const auto chunks = oidc::web::split("S", value);
        Cookies again;
        if (!chunks || chunks->size() > oidc::web::kMaxChunks) {
            std::abort();
        }
        for (const oidc::web::Chunk& chunk : *chunks) {
            again.emplace_back(chunk.name, chunk.value);
        }
        if (joined(again) != std::vector{value}) {
            std::abort();
        }
    }
    return 0;
}
