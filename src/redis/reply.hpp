// SPDX-License-Identifier: Apache-2.0
// What Redis answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redis {

struct Reply {
    enum class Kind : std::uint8_t {
        nil,
        string,
        status,
        error,
        integer,
        array
    };
    Kind kind = Kind::nil;
    std::int64_t integer = 0;
    std::string text;          // of a string, a status, an error
    std::vector<Reply> items;  // of an array

    bool is(Kind wanted) const noexcept { return kind == wanted; }
    bool is_ok() const noexcept { return kind == Kind::status && text == "OK"; }
    bool is_error() const noexcept { return kind == Kind::error; }
    // The word that an error begins with, such as "READONLY".
    std::string_view error_word() const noexcept {
        return is_error() ? std::string_view(text).substr(0, text.find(' '))
                          : std::string_view();
    }
};

using Replies = std::vector<Reply>;

}  // namespace redis
