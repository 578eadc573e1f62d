// SPDX-License-Identifier: Apache-2.0
#include "base/form.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/percent_encoding.hpp"
#include "base/secret.hpp"

namespace base {
namespace {

Result<std::string> decode_parameter(std::string_view text) {
    auto decoded = percent_decode(text, true);

    if (decoded && decoded->find('\0') != std::string::npos) {
        return Error{Errc::malformed, "a form parameter holds NUL"};
    }
    return decoded;
}

}  // namespace

FormWriter& FormWriter::add(std::string_view name, std::string_view value) {
    const std::size_t size =
        text_.size() + 2 + encoded_size(name) + encoded_size(value);

    if (size > text_.capacity()) {
        // By hand: growing of its own, the string would leave a copy of the
        // secrets in freed memory.
        std::string larger;
        larger.reserve(std::max<std::size_t>(2 * size, 512));
        larger.append(text_);
        text_.swap(larger);
        Secret::take(larger);
    }
    if (!text_.empty()) {
        text_.push_back('&');
    }
    append_encoded(text_, name);
    text_.push_back('=');
    append_encoded(text_, value);
    return *this;
}

FormWriter::~FormWriter() {
    Secret::take(text_);
}

Result<Form> Form::parse(std::string_view text, std::size_t max_parameters) {
    Form form;

    while (!text.empty()) {
        const std::string_view pair = take_until(text, '&');
        if (pair.empty()) {
            continue;
        }
        if (form.parameters_.size() == max_parameters) {
            return Error{Errc::malformed, "more parameters than the limit"};
        }

        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto name = decode_parameter(pair.substr(0, equals));
        auto value =
            decode_parameter(pair.substr(std::min(equals + 1, pair.size())));

        if (!name || !value) {
            return name ? value.error() : name.error();
        }
        form.parameters_.emplace_back(std::move(*name), std::move(*value));
    }
    return form;
}

bool Form::has(std::string_view name) const noexcept {
    return std::any_of(parameters_.begin(), parameters_.end(),
                       [&](const auto& p) { return p.first == name; });
}

Result<std::optional<std::string_view>> Form::unique(
    std::string_view name) const {
    std::optional<std::string_view> found;

    for (const auto& [key, value] : parameters_) {
        if (key != name) {
            continue;
        }
        if (found) {
            return Error{Errc::malformed, "a parameter came more than once"};
        }
        found = value;
    }
    return found;
}

std::string with_query(std::string_view endpoint, std::string_view form) {
    const char* joint = endpoint.find('?') == endpoint.npos ? "?"
                        : endpoint.ends_with('?') || endpoint.ends_with('&')
                            ? ""
                            : "&";
    std::string url(endpoint);
    return url.append(joint).append(form);
}

}  // namespace base
