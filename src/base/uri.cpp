#include "base/uri.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/secret.hpp"

namespace base {
namespace {

bool is_unreserved(char c) noexcept {
    return is_alnum(c) || one_of(c, "-._~");
}

// The byte that an escape at `i` stands for, -1 if there is none.
int escaped_byte(std::string_view s, std::size_t i) noexcept {
    if (i + 2 >= s.size() || s[i] != '%') {
        return -1;
    }
    const int high = hex_digit(s[i + 1]);
    const int low = hex_digit(s[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::size_t encoded_size(std::string_view bytes) noexcept {
    std::size_t size = 0;

    for (char c : bytes) {
        size += is_unreserved(c) ? 1u : 3u;
    }
    return size;
}

// Into room that is there, so that no copy is left behind.
void append_encoded(std::string& out, std::string_view bytes) {
    for (char c : bytes) {
        if (is_unreserved(c)) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(kUpperHex[byte >> 4]);
            out.push_back(kUpperHex[byte & 0xf]);
        }
    }
}

Result<std::string> decode_parameter(std::string_view text) {
    auto decoded = percent_decode(text, true);

    if (decoded && decoded->find('\0') != std::string::npos) {
        return Error{Errc::malformed, "a form parameter holds NUL"};
    }
    return decoded;
}

}  // namespace

std::string percent_encode(std::string_view bytes) {
    std::string out;

    out.reserve(encoded_size(bytes));
    append_encoded(out, bytes);
    return out;
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;

    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] == '%') {
            const int byte = escaped_byte(text, i);

            if (byte < 0) {
                return Error{Errc::malformed, "% without two hex digits"};
            }
            out.push_back(static_cast<char>(byte));
            i += 2;
        } else {
            out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

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

}  // namespace base
