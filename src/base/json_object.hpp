// SPDX-License-Identifier: Apache-2.0
// Writes a JSON object, member by member.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace base::json {

// Writes members one after the other and keeps the commas. The object ends
// with this.
class Object {
public:
    explicit Object(std::string& to) : to_(to) { to_ += '{'; }
    ~Object() { to_ += '}'; }
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    // The value is the caller's to append.
    std::string& member(std::string_view name) {
        if (!first_) {
            to_ += ',';
        }
        first_ = false;
        to_ += quote(name);
        to_ += ':';
        return to_;
    }
    // More of a value, or a comma within it.
    void raw(std::string_view json) { to_ += json; }
    void number(std::string_view name, std::uint64_t value) {
        member(name) += std::to_string(value);
    }
    void integer(std::string_view name, std::int64_t value) {
        member(name) += std::to_string(value);
    }
    void text(std::string_view name, std::string_view value) {
        member(name) += quote(value);
    }

private:
    std::string& to_;
    bool first_ = true;
};

}  // namespace base::json
