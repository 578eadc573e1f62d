// SPDX-License-Identifier: Apache-2.0
// Asks base::SameOriginUri about each line of stdin (an address in base64url,
// so that it may hold any byte) and prints "accepted" or "refused".

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "base/same_origin_uri.hpp"

int main() {
    std::array<char, 1 << 17> line;

    while (std::fgets(line.data(), line.size(), stdin) != nullptr) {
        std::string_view text(line.data());
        if (!text.ends_with('\n')) {
            return 1;
        }
        text.remove_suffix(1);

        const auto address = base::base64url_decode(text);
        if (!address) {
            return 1;
        }
        const bool accepted = bool(base::SameOriginUri::parse(*address));
        std::puts(accepted ? "accepted" : "refused");
    }
    return 0;
}
