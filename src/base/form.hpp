// SPDX-License-Identifier: Apache-2.0
// Reads and writes application/x-www-form-urlencoded parameters.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace base {

// Writes application/x-www-form-urlencoded (HTML 4.01 17.13.4.1), for bodies
// and for queries.
class FormWriter {
public:
    FormWriter& add(std::string_view name, std::string_view value);
    const std::string& text() const noexcept { return text_; }
    // Wipes: forms hold codes and secrets.
    ~FormWriter();

private:
    std::string text_;
};

// The parameters of a query or a form body.
class Form {
public:
    // At most `max_parameters`; "%zz" and NUL fail. ';' does not separate.
    static Result<Form> parse(std::string_view text,
                              std::size_t max_parameters = 64);
    bool has(std::string_view name) const noexcept;
    // Names and values, decoded, as they came.
    const std::vector<std::pair<std::string, std::string>>& all()
        const noexcept {
        return parameters_;
    }
    // Absent when missing; fails when it came more than once.
    Result<std::optional<std::string_view>> unique(std::string_view name) const;

private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

// `endpoint` with more parameters, whether it has a query or not (RFC 6749
// 3.1).
std::string with_query(std::string_view endpoint, std::string_view form);

}  // namespace base
