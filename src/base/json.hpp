// Knows JSON, strictly: the only door to the JSON library.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

struct json_t;

namespace base::json {

struct Limits {
    std::size_t bytes = 256 * 1024;
    std::size_t depth = 32;
};

// A place in a document; valid as long as the Document. An absent member is a
// Value too: it is of no type, and all it is asked for is absent.
class Value {
public:
    Value() = default;
    explicit Value(const json_t* node) noexcept : node_(node) {}

    bool present() const noexcept { return node_ != nullptr; }
    bool is_object() const noexcept;
    bool is_array() const noexcept;
    bool is_string() const noexcept;
    bool is_number() const noexcept;
    bool is_true() const noexcept;
    bool is_false() const noexcept;
    bool is_null() const noexcept;

    // Bytes as they are, NUL included.
    std::optional<std::string_view> string() const noexcept;
    // An integer, or a real cut to one (RFC 7519 2, NumericDate); absent if
    // it is no number or beyond 64 bits.
    std::optional<std::int64_t> integer() const noexcept;

    Value member(std::string_view name) const noexcept;
    std::size_t size() const noexcept;  // of an array or object, else 0
    Value at(std::size_t index) const noexcept;
    void each_member(
        const std::function<void(std::string_view, Value)>& visit) const;

    // Compact JSON text of this value; "" if absent.
    std::string text() const;

private:
    const json_t* node_ = nullptr;
};

class Document {
public:
    // One object or array and nothing after it; UTF-8; no duplicate members;
    // within the limits, which are checked before the parser runs.
    static Result<Document> parse(std::string_view text, Limits = {});

    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    Value root() const noexcept { return Value(root_); }

private:
    explicit Document(json_t* root) noexcept : root_(root) {}
    json_t* root_ = nullptr;
};

// `text` as a JSON string with its quotes; bytes that are not UTF-8 become
// U+FFFD.
std::string quote(std::string_view text);

}  // namespace base::json
