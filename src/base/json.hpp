// SPDX-License-Identifier: Apache-2.0
// Strict JSON. json.cpp is the only user of the JSON library.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_node.hpp"
#include "base/result.hpp"

struct json_t;

namespace base::json {

struct Limits {
    std::size_t bytes = 256 * 1024;
    std::size_t depth = 32;
};

class Elements;

// A place in a document, valid as long as the Document. An absent member is a
// Value without a type, and all its conversions are absent.
class Value {
public:
    Value() = default;
    explicit Value(const Node* node) noexcept : node_(node) {}

    bool present() const noexcept { return node_ != nullptr; }
    bool is_object() const noexcept { return is(Node::Kind::object); }
    bool is_array() const noexcept { return is(Node::Kind::array); }
    bool is_string() const noexcept { return is(Node::Kind::string); }
    bool is_number() const noexcept {
        return is(Node::Kind::integer) || is(Node::Kind::real);
    }
    bool is_true() const noexcept { return is(Node::Kind::yes); }
    bool is_false() const noexcept { return is(Node::Kind::no); }
    bool is_null() const noexcept { return is(Node::Kind::null); }

    // Bytes as they are, NUL included.
    std::optional<std::string_view> string() const noexcept {
        return is_string() ? std::optional(node_->text()) : std::nullopt;
    }
    // An integer, or a real cut to one (RFC 7519 2, NumericDate); absent if
    // it is no number or beyond 64 bits.
    std::optional<std::int64_t> integer() const noexcept;

    Value member(std::string_view name) const noexcept;
    // The number of elements or members; 0 for other values.
    std::size_t size() const noexcept {
        return is_array() || is_object() ? node_->size : 0;
    }
    Value at(std::size_t index) const noexcept;
    // The elements of an array; none for other values. for (Value one :
    // value.elements()).
    inline Elements elements() const noexcept;
    // Calls visit(name, value) for each member, in order.
    template <class Visit>
    void each_member(Visit visit) const {
        const Node* name = is_object() ? node_ + 1 : nullptr;
        for (std::size_t left = size(); name != nullptr && left > 0; left--) {
            visit(name->text(), Value(name + 1));
            name += 1 + name[1].span;
        }
    }

    // Compact JSON text of this value; "" if absent.
    std::string text() const;

private:
    bool is(Node::Kind kind) const noexcept {
        return node_ != nullptr && node_->kind == kind;
    }
    const Node* node_ = nullptr;
};

class Elements {
public:
    Elements(const Node* first, std::size_t count) noexcept
        : at_(first), left_(count) {}
    Elements begin() const noexcept { return *this; }
    std::size_t end() const noexcept { return 0; }

    bool operator==(std::size_t left) const noexcept { return left_ == left; }
    Value operator*() const noexcept { return Value(at_); }
    void operator++() noexcept {
        at_ += at_->span;
        left_--;
    }

private:
    const Node* at_;
    std::size_t left_;
};

Elements Value::elements() const noexcept {
    return is_array() ? Elements(node_ + 1, node_->size) : Elements(nullptr, 0);
}

// A text to be read, in memory of its own with zeroes behind it, as it is
// looked through by the block.
class Text {
public:
    explicit Text(std::size_t size);  // to be filled
    explicit Text(std::string_view copied);

    char* data() noexcept { return bytes_.get(); }
    std::string_view view() const noexcept { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_;
};

class Document {
public:
    // One object or array and nothing after it; UTF-8; no duplicate members;
    // within the limits, which are checked before the parser runs. Throws
    // std::bad_alloc.
    static Result<Document> parse(std::string_view text, Limits = {});
    static Result<Document> parse(Text text, Limits = {});

    Value root() const noexcept {
        return Value(nodes_.empty() ? nullptr : nodes_.data());
    }
    // The text it was read from.
    std::string_view source() const noexcept { return text_.view(); }

private:
    struct Release {
        void operator()(json_t*) const noexcept;
    };
    explicit Document(Text text) : text_(std::move(text)) {}
    Status read_any(Limits);

    // The nodes show strings of the text, and of what is behind it here.
    std::vector<Node> nodes_;
    Text text_;
    std::unique_ptr<char[]> without_escapes_;
    std::unique_ptr<json_t, Release> tree_;
};

// `text` as a JSON string with its quotes; bytes that are not UTF-8 become
// U+FFFD.
std::string quote(std::string_view text);

}  // namespace base::json
