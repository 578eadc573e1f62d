#include "base/json.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/json_node.hpp"
#include "base/utf8.hpp"

namespace base::json {
namespace {

bool is(const Node* node, Kind kind) noexcept {
    return node != nullptr && node->kind == kind;
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

void write(std::string& out, const Node& node);

void write_items(std::string& out, const Node& node, bool named) {
    out.push_back(named ? '{' : '[');
    for (const Node* item = node.first; item; item = item->next) {
        if (item != node.first) {
            out.push_back(',');
        }
        if (named) {
            out.append(quote(item->key)).push_back(':');
        }
        write(out, *item);
    }
    out.push_back(named ? '}' : ']');
}

// As deep as the text nested.
void write(std::string& out, const Node& node) {
    switch (node.kind) {
        case Kind::object:
            return write_items(out, node, true);
        case Kind::array:
            return write_items(out, node, false);
        case Kind::string:
            out.append(quote(node.text));
            return;
        case Kind::integer:
        case Kind::real:
            out.append(node.text);
            return;
        case Kind::yes:
            out.append("true");
            return;
        case Kind::no:
            out.append("false");
            return;
        case Kind::null:
            out.append("null");
            return;
    }
}

}  // namespace

bool Value::is_object() const noexcept {
    return is(node_, Kind::object);
}

bool Value::is_array() const noexcept {
    return is(node_, Kind::array);
}

bool Value::is_string() const noexcept {
    return is(node_, Kind::string);
}

bool Value::is_number() const noexcept {
    return is(node_, Kind::integer) || is(node_, Kind::real);
}

bool Value::is_true() const noexcept {
    return is(node_, Kind::yes);
}

bool Value::is_false() const noexcept {
    return is(node_, Kind::no);
}

bool Value::is_null() const noexcept {
    return is(node_, Kind::null);
}

std::optional<std::string_view> Value::string() const noexcept {
    return is_string() ? std::optional(node_->text) : std::nullopt;
}

std::optional<std::int64_t> Value::integer() const noexcept {
    if (is(node_, Kind::integer)) {
        return node_->integer;
    }
    if (!is(node_, Kind::real)) {
        return std::nullopt;
    }
    // 2^63 is a double, the largest integer below it is not.
    if (node_->real >= -0x1p63 && node_->real < 0x1p63) {
        return static_cast<std::int64_t>(std::trunc(node_->real));
    }
    return std::nullopt;
}

Value Value::member(std::string_view name) const noexcept {
    if (!is_object()) {
        return Value();
    }
    const Node* item = node_->first;
    while (item && item->key != name) {
        item = item->next;
    }
    return Value(item);
}

std::size_t Value::size() const noexcept {
    return is_object() || is_array() ? node_->size : 0;
}

Value Value::at(std::size_t index) const noexcept {
    if (!is_array() || index >= node_->size) {
        return Value();
    }
    if (node_->seen == nullptr || index < node_->seen_index) {
        node_->seen = node_->first;
        node_->seen_index = 0;
    }
    for (; node_->seen_index < index; node_->seen_index++) {
        node_->seen = node_->seen->next;
    }
    return Value(node_->seen);
}

void Value::each_member(
    const std::function<void(std::string_view, Value)>& visit) const {
    const Node* item = is_object() ? node_->first : nullptr;

    for (; item; item = item->next) {
        visit(item->key, Value(item));
    }
}

std::string Value::text() const {
    std::string out;

    if (node_) {
        write(out, *node_);
    }
    return out;
}

Result<Document> Document::parse(std::string_view text, Limits limits) {
    if (text.size() > limits.bytes) {
        return Error{Errc::malformed, "the JSON text is longer than the limit"};
    }
    const std::size_t nodes = count_nodes(text, limits.depth);
    if (nodes == 0) {
        return Error{Errc::malformed, "the JSON text nests too deep"};
    }
    Document document(
        static_cast<Node*>(std::malloc(nodes * sizeof(Node) + text.size())));
    if (document.root_ == nullptr) {
        return Errc::out_of_memory;
    }
    char* own = reinterpret_cast<char*>(document.root_ + nodes);
    std::memcpy(own, text.data(), text.size());
    if (!read(own, text.size(), document.root_)) {
        return Error{Errc::malformed, "the text is not strict JSON"};
    }
    return document;
}

Document::Document(Document&& other) noexcept
    : root_(std::exchange(other.root_, nullptr)) {
}

Document& Document::operator=(Document&& other) noexcept {
    std::swap(root_, other.root_);
    return *this;
}

Document::~Document() {
    std::free(root_);
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
