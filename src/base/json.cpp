#include "base/json.hpp"

#include <jansson.h>

#include <cmath>
#include <cstdlib>
#include <utility>

namespace base::json {
namespace {

// Whether containers nest no deeper than `depth`. The parser and the release
// of what it made both recurse, so this runs before either, in linear time
// and without recursion.
bool is_shallow(std::string_view text, std::size_t depth) noexcept {
    std::size_t open = 0;
    bool in_string = false;

    for (std::size_t i = 0; i < text.size(); i++) {
        const char c = text[i];

        if (in_string) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++open > depth) {
                return false;
            }
        } else if ((c == ']' || c == '}') && open > 0) {
            open--;
        }
    }
    return true;
}

// The length of the well-formed UTF-8 sequence in front (Unicode 15, table
// 3-7), 0 if there is none.
std::size_t utf8_length(std::string_view s) noexcept {
    const auto at = [&](std::size_t i) -> unsigned {
        return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u;
    };
    const auto tail = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
    const unsigned a = at(0);
    const unsigned b = at(1);

    if (a < 0x80) {
        return 1;
    }
    if (a >= 0xc2 && a <= 0xdf) {
        return tail(1) ? 2 : 0;
    }
    if (a >= 0xe0 && a <= 0xef) {
        const bool overlong = a == 0xe0 && b < 0xa0;
        const bool surrogate = a == 0xed && b > 0x9f;
        return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        const bool overlong = a == 0xf0 && b < 0x90;
        const bool beyond = a == 0xf4 && b > 0x8f;
        return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

void append_escaped(std::string& out, char c) {
    static constexpr char kHex[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);

    if (c == '"' || c == '\\') {
        out.push_back('\\');
        out.push_back(c);
    } else if (byte < 0x20 || byte == 0x7f) {
        out.append("\\u00");
        out.push_back(kHex[byte >> 4]);
        out.push_back(kHex[byte & 0xf]);
    } else {
        out.push_back(c);
    }
}

}  // namespace

bool Value::is_object() const noexcept {
    return json_is_object(node_);
}

bool Value::is_array() const noexcept {
    return json_is_array(node_);
}

bool Value::is_string() const noexcept {
    return json_is_string(node_);
}

bool Value::is_number() const noexcept {
    return json_is_number(node_);
}

bool Value::is_true() const noexcept {
    return json_is_true(node_);
}

bool Value::is_false() const noexcept {
    return json_is_false(node_);
}

bool Value::is_null() const noexcept {
    return json_is_null(node_);
}

std::optional<std::string_view> Value::string() const noexcept {
    if (!is_string()) {
        return std::nullopt;
    }
    return std::string_view(json_string_value(node_),
                            json_string_length(node_));
}

std::optional<std::int64_t> Value::integer() const noexcept {
    if (json_is_integer(node_)) {
        return json_integer_value(node_);
    }
    if (!json_is_real(node_)) {
        return std::nullopt;
    }

    const double real = json_real_value(node_);
    // 2^63 is a double, the largest integer below it is not; the comparison
    // is false for what is not a number.
    if (real >= -0x1p63 && real < 0x1p63) {
        return static_cast<std::int64_t>(std::trunc(real));
    }
    return std::nullopt;
}

Value Value::member(std::string_view name) const noexcept {
    return Value(json_object_getn(node_, name.data(), name.size()));
}

std::size_t Value::size() const noexcept {
    return is_array() ? json_array_size(node_) : json_object_size(node_);
}

Value Value::at(std::size_t index) const noexcept {
    return Value(json_array_get(node_, index));
}

void Value::each_member(
    const std::function<void(std::string_view, Value)>& visit) const {
    // Jansson walks an object by a pointer that is not const.
    auto* object = const_cast<json_t*>(node_);

    for (void* i = json_object_iter(object); i != nullptr;
         i = json_object_iter_next(object, i)) {
        visit({json_object_iter_key(i), json_object_iter_key_len(i)},
              Value(json_object_iter_value(i)));
    }
}

std::string Value::text() const {
    char* dumped = json_dumps(node_, JSON_COMPACT | JSON_ENCODE_ANY);

    if (dumped == nullptr) {
        return {};
    }

    std::string text(dumped);
    std::free(dumped);
    return text;
}

Result<Document> Document::parse(std::string_view text, Limits limits) {
    if (text.size() > limits.bytes) {
        return Error{Errc::malformed, "the JSON text is longer than the limit"};
    }
    if (!is_shallow(text, limits.depth)) {
        return Error{Errc::malformed, "the JSON text nests too deep"};
    }

    json_error_t error;
    // Flags that are not given: no top-level scalar, nothing after the end.
    json_t* root = json_loadb(text.data(), text.size(),
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (root == nullptr) {
        if (json_error_code(&error) == json_error_out_of_memory) {
            return Errc::out_of_memory;
        }
        return Error{Errc::malformed, "the text is not strict JSON"};
    }
    return Document(root);
}

Document::Document(Document&& other) noexcept
    : root_(std::exchange(other.root_, nullptr)) {
}

Document& Document::operator=(Document&& other) noexcept {
    if (this != &other) {
        json_decref(root_);
        root_ = std::exchange(other.root_, nullptr);
    }
    return *this;
}

Document::~Document() {
    json_decref(root_);
}

std::string quote(std::string_view text) {
    std::string out = "\"";

    out.reserve(text.size() + 2);
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);

        if (length == 0) {
            out.append("\xef\xbf\xbd");
            text.remove_prefix(1);
        } else if (length == 1) {
            append_escaped(out, text[0]);
            text.remove_prefix(1);
        } else {
            out.append(text.substr(0, length));
            text.remove_prefix(length);
        }
    }
    out.push_back('"');
    return out;
}

}  // namespace base::json
