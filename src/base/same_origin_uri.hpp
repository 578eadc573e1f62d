// SPDX-License-Identifier: Apache-2.0
// A path and query that every browser resolves to our own origin.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

// A path and query which every WHATWG URL parser resolves to the origin of
// the page it stands on: begins with one "/" and no second "/" or "\", no
// control character, blank or byte above 0x7e, no backslash but in the query;
// its dot segments do not bring a "//" to the front; no escaped control
// character in the path. A fragment may follow.
class SameOriginUri {
public:
    static constexpr std::size_t kMaxLength = 2048;
    static Result<SameOriginUri> parse(std::string_view text);
    static SameOriginUri root() { return SameOriginUri("/"); }
    const std::string& text() const noexcept { return text_; }

private:
    explicit SameOriginUri(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace base
