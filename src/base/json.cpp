// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <jansson.h>

#include "base/bad_alloc.hpp"
#include "base/json_plain.hpp"

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

void add(json_t* value, std::vector<Node>& nodes);

void add_elements(json_t* array, std::vector<Node>& nodes) {
    for (std::size_t i = 0; i < json_array_size(array); i++) {
        add(json_array_get(array, i), nodes);
    }
}

// The marks of their names.
std::uint64_t add_members(json_t* object, std::vector<Node>& nodes) {
    std::uint64_t names = 0;

    for (void* i = json_object_iter(object); i != nullptr;
         i = json_object_iter_next(object, i)) {
        const std::string_view name(json_object_iter_key(i),
                                    json_object_iter_key_len(i));
        names |= Node::mark_of(name);
        nodes.push_back(Node::of_text(name));
        add(json_object_iter_value(i), nodes);
    }
    return names;
}

// Converts the result of jansson, whose depth was limited.
void add(json_t* value, std::vector<Node>& nodes) {
    const std::size_t at = nodes.size();
    std::uint64_t names = 0;

    switch (json_typeof(value)) {
        case JSON_OBJECT:
            nodes.push_back(Node::of(Node::Kind::object));
            names = add_members(value, nodes);
            nodes[at].close(nodes.data() + nodes.size(),
                            json_object_size(value), names);
            break;
        case JSON_ARRAY:
            nodes.push_back(Node::of(Node::Kind::array));
            add_elements(value, nodes);
            nodes[at].close(nodes.data() + nodes.size(), json_array_size(value),
                            0);
            break;
        case JSON_STRING:
            nodes.push_back(Node::of_text(
                {json_string_value(value), json_string_length(value)}));
            break;
        case JSON_INTEGER:
            nodes.push_back(Node::of_integer(json_integer_value(value)));
            break;
        case JSON_REAL:
            nodes.push_back(Node::of_real(json_real_value(value)));
            break;
        case JSON_TRUE:
            nodes.push_back(Node::of(Node::Kind::yes));
            break;
        case JSON_FALSE:
            nodes.push_back(Node::of(Node::Kind::no));
            break;
        case JSON_NULL:
            nodes.push_back(Node::of(Node::Kind::null));
            break;
    }
}

// An error of the text is always reported; lack of memory is not one.
bool is_out_of_memory(const json_error_t& error) noexcept {
    return json_error_code(&error) == json_error_out_of_memory ||
           error.text[0] == '\0';
}

Error too_long() {
    return {Errc::malformed, "the JSON text is longer than the limit"};
}

void write_real(double value, std::string& out) {
    json_t* real = json_real(value);
    char* text = json_dumps(real, JSON_COMPACT | JSON_ENCODE_ANY);

    out.append(text == nullptr ? "null" : text);
    std::free(text);
    json_decref(real);
}

const Node* write(const Node& node, std::string& out);

void write_container(const Node& node, std::string& out) {
    const bool is_object = node.kind == Node::Kind::object;
    const Node* at = &node + 1;

    out.push_back(is_object ? '{' : '[');
    for (std::size_t i = 0; i < node.size; i++) {
        out.append(i == 0 ? "" : ",");
        if (is_object) {
            at = write(*at, out);
            out.push_back(':');
        }
        at = write(*at, out);
    }
    out.push_back(is_object ? '}' : ']');
}

// The next node.
const Node* write(const Node& node, std::string& out) {
    switch (node.kind) {
        case Node::Kind::null:
            out.append("null");
            break;
        case Node::Kind::no:
            out.append("false");
            break;
        case Node::Kind::yes:
            out.append("true");
            break;
        case Node::Kind::integer:
            out.append(std::to_string(node.integer));
            break;
        case Node::Kind::real:
            write_real(node.real, out);
            break;
        case Node::Kind::string:
            out.append(quote(node.text()));
            break;
        case Node::Kind::array:
        case Node::Kind::object:
            write_container(node, out);
            break;
    }
    return &node + node.span;
}

}  // namespace

std::optional<std::int64_t> Value::integer() const noexcept {
    if (is(Node::Kind::integer)) {
        return node_->integer;
    }
    // 2^63 is a double, the largest integer below it is not; the comparison
    // is false for what is not a number.
    if (is(Node::Kind::real) && node_->real >= -0x1p63 &&
        node_->real < 0x1p63) {
        return static_cast<std::int64_t>(std::trunc(node_->real));
    }
    return std::nullopt;
}

Value Value::member(std::string_view name) const noexcept {
    if (!is_object() || (node_->names & Node::mark_of(name)) == 0) {
        return {};
    }

    const Node* at = node_ + 1;
    for (std::size_t left = node_->size; left > 0; left--) {
        // Many are as long, few begin alike.
        if (at->size == name.size() &&
            (name.empty() || (at->chars[0] == name[0] && at->text() == name))) {
            return Value(at + 1);
        }
        at += 1 + at[1].span;
    }
    return {};
}

Value Value::at(std::size_t index) const noexcept {
    if (!is_array() || index >= node_->size) {
        return {};
    }

    const Node* at = node_ + 1;
    while (index-- > 0) {
        at += at->span;
    }
    return Value(at);
}

std::string Value::text() const {
    std::string out;

    if (node_ != nullptr) {
        write(*node_, out);
    }
    return out;
}

void Document::Release::operator()(json_t* tree) const noexcept {
    json_decref(tree);
}

Text::Text(std::size_t size)
    : bytes_(std::make_unique_for_overwrite<char[]>(size + kAfterText)),
      size_(size) {
    std::fill_n(bytes_.get() + size, kAfterText, '\0');
}

Text::Text(std::string_view copied) : Text(copied.size()) {
    copied.copy(bytes_.get(), copied.size());
}

Status Document::read_any(Limits limits) {
    // Behind a number, jansson takes a NUL for the end of what it reads.
    if (source().find('\0') != std::string_view::npos) {
        return Error{Errc::malformed, "the text is not strict JSON"};
    }
    if (!is_shallow(source(), limits.depth)) {
        return Error{Errc::malformed, "the JSON text nests too deep"};
    }

    json_error_t error;
    // Flags that are not given: no top-level scalar, nothing after the end.
    tree_.reset(json_loadb(text_.data(), source().size(),
                           JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error));
    if (tree_ == nullptr && is_out_of_memory(error)) {
        out_of_memory();
    }
    if (tree_ == nullptr) {
        return Error{Errc::malformed, "the text is not strict JSON"};
    }
    add(tree_.get(), nodes_);
    return {};
}

Result<Document> Document::parse(std::string_view text, Limits limits) {
    // Before it is copied.
    return text.size() > limits.bytes ? too_long() : parse(Text(text), limits);
}

Result<Document> Document::parse(Text text, Limits limits) {
    if (text.view().size() > limits.bytes) {
        return too_long();
    }

    Document document(std::move(text));
    if (!read_plain(document.source(), limits.depth, document.nodes_,
                    document.without_escapes_)) {
        const Status read = document.read_any(limits);
        if (!read) {
            return read.error();
        }
    }
    return document;
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
