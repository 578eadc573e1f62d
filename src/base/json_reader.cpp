// How strict JSON is read (RFC 8259): one pass, no allocation.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <new>

#include "base/json_node.hpp"
#include "base/utf8.hpp"

namespace base::json {
namespace {

// Objects with more members are checked for duplicates in sorted order.
constexpr std::uint32_t kFewMembers = 24;

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// Neither the end of a string, nor an escape, nor a control, nor beyond ASCII.
constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> table{};
    for (std::size_t byte = 0x20; byte < 0x80; byte++) {
        table[byte] = byte != '"' && byte != '\\';
    }
    return table;
}();

bool is_plain(char c) noexcept {
    return kPlain[static_cast<unsigned char>(c)];
}

// Behind the string that begins at `at`, as far as quotes tell.
const char* skip_string(const char* at, const char* end) noexcept {
    while (at != end) {
        const char c = *at++;
        if (c == '"') {
            return at;
        }
        if (c == '\\' && at != end) {
            at++;
        } else if (is_plain(c)) {
            while (at != end && is_plain(*at)) {
                at++;
            }
        }
    }
    return end;
}

int hex_value(char c) noexcept {
    if (is_digit(c)) {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

class Reader {
public:
    Reader(char* text, std::size_t size, Node* nodes) noexcept
        : at_(text), end_(text + size), free_(nodes) {}

    bool document() noexcept {
        skip_blanks();
        if (at_ == end_ || (*at_ != '{' && *at_ != '[')) {
            return false;
        }
        if (value({}) == nullptr) {
            return false;
        }
        skip_blanks();
        return at_ == end_;
    }

private:
    void skip_blanks() noexcept {
        while (at_ != end_ && is_blank(*at_)) {
            at_++;
        }
    }
    bool take(char c) noexcept {
        if (at_ == end_ || *at_ != c) {
            return false;
        }
        at_++;
        return true;
    }
    bool take_word(std::string_view word) noexcept {
        if (!std::string_view(at_, end_).starts_with(word)) {
            return false;
        }
        at_ += word.size();
        return true;
    }

    Node* value(std::string_view key) noexcept;
    bool object(Node& node) noexcept;
    bool array(Node& node) noexcept;
    bool string(std::string_view& out) noexcept;
    bool escape(char*& to) noexcept;
    bool unicode(char*& to) noexcept;
    bool hex4(std::uint32_t& out) noexcept;
    bool number(Node& node) noexcept;
    bool digits() noexcept;

    char* at_;
    char* end_;
    Node* free_;
};

Node* Reader::value(std::string_view key) noexcept {
    Node* node = new (free_++) Node{};

    node->key = key;
    if (at_ == end_) {
        return nullptr;
    }
    const auto is = [&](Kind kind, bool good) {
        node->kind = kind;
        return good ? node : nullptr;
    };
    switch (*at_) {
        case '{':
            return is(Kind::object, object(*node));
        case '[':
            return is(Kind::array, array(*node));
        case '"':
            return is(Kind::string, string(node->text));
        case 't':
            return is(Kind::yes, take_word("true"));
        case 'f':
            return is(Kind::no, take_word("false"));
        case 'n':
            return is(Kind::null, take_word("null"));
    }
    return number(*node) ? node : nullptr;
}

bool has_duplicates(const Node& object) noexcept {
    if (object.size <= kFewMembers) {
        for (const Node* a = object.first; a; a = a->next) {
            for (const Node* b = a->next; b; b = b->next) {
                if (a->key == b->key) {
                    return true;
                }
            }
        }
        return false;
    }
    auto* keys = new (std::nothrow) std::string_view[object.size];
    if (keys == nullptr) {
        return true;
    }
    std::size_t count = 0;
    for (const Node* a = object.first; a; a = a->next) {
        keys[count++] = a->key;
    }
    std::sort(keys, keys + count);
    const bool found = std::adjacent_find(keys, keys + count) != keys + count;
    delete[] keys;
    return found;
}

bool Reader::object(Node& node) noexcept {
    const Node** link = &node.first;

    at_++;
    skip_blanks();
    if (take('}')) {
        return true;
    }
    do {
        std::string_view key;
        skip_blanks();
        if (at_ == end_ || *at_ != '"' || !string(key) ||
            key.find('\0') != key.npos) {
            return false;
        }
        skip_blanks();
        if (!take(':')) {
            return false;
        }
        skip_blanks();
        Node* member = value(key);
        if (member == nullptr) {
            return false;
        }
        *link = member;
        link = &member->next;
        node.size++;
        skip_blanks();
    } while (take(','));
    return take('}') && !has_duplicates(node);
}

bool Reader::array(Node& node) noexcept {
    const Node** link = &node.first;

    at_++;
    skip_blanks();
    if (take(']')) {
        return true;
    }
    do {
        skip_blanks();
        Node* item = value({});
        if (item == nullptr) {
            return false;
        }
        *link = item;
        link = &item->next;
        node.size++;
        skip_blanks();
    } while (take(','));
    return take(']');
}

// What an escape stands for is never longer than the escape.
bool Reader::string(std::string_view& out) noexcept {
    char* const begin = ++at_;
    char* to = begin;

    while (at_ != end_) {
        char* const run = at_;
        while (at_ != end_ && is_plain(*at_)) {
            at_++;
        }
        std::size_t length = static_cast<std::size_t>(at_ - run);
        if (at_ == end_) {
            return false;
        }
        if (static_cast<unsigned char>(*at_) >= 0x80) {
            const std::size_t wide = utf8_length({at_, end_});
            if (wide == 0) {
                return false;
            }
            at_ += wide;
            length += wide;
        }
        if (to != run) {
            std::memmove(to, run, length);
        }
        to += length;
        if (at_ == end_) {
            return false;
        }
        if (*at_ == '"') {
            at_++;
            out = {begin, to};
            return true;
        }
        if (*at_ == '\\') {
            at_++;
            if (!escape(to)) {
                return false;
            }
        } else if (static_cast<unsigned char>(*at_) < 0x20) {
            return false;
        }
    }
    return false;
}

bool Reader::escape(char*& to) noexcept {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";

    if (at_ == end_) {
        return false;
    }
    if (*at_ == 'u') {
        at_++;
        return unicode(to);
    }
    const std::size_t letter = kLetters.find(*at_);
    if (letter == kLetters.npos) {
        return false;
    }
    at_++;
    *to++ = kMeanings[letter];
    return true;
}

bool Reader::hex4(std::uint32_t& out) noexcept {
    if (end_ - at_ < 4) {
        return false;
    }
    out = 0;
    for (int i = 0; i < 4; i++) {
        const int digit = hex_value(*at_++);
        if (digit < 0) {
            return false;
        }
        out = out << 4 | static_cast<std::uint32_t>(digit);
    }
    return true;
}

// RFC 8259 7: beyond the first plane as a pair of surrogates; half a pair is
// no character.
bool Reader::unicode(char*& to) noexcept {
    std::uint32_t code = 0;

    if (!hex4(code) || (code >= 0xdc00 && code <= 0xdfff)) {
        return false;
    }
    if (code >= 0xd800 && code <= 0xdbff) {
        std::uint32_t low = 0;
        if (!take('\\') || !take('u') || !hex4(low) || low < 0xdc00 ||
            low > 0xdfff) {
            return false;
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    to += utf8_encode(code, to);
    return true;
}

bool Reader::digits() noexcept {
    char* const begin = at_;

    while (at_ != end_ && is_digit(*at_)) {
        at_++;
    }
    return at_ != begin;
}

bool Reader::number(Node& node) noexcept {
    char* const begin = at_;
    bool real = false;

    take('-');
    if (!take('0') && !digits()) {
        return false;
    }
    if (take('.')) {
        real = true;
        if (!digits()) {
            return false;
        }
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
        real = true;
        at_++;
        if (!take('+')) {
            take('-');
        }
        if (!digits()) {
            return false;
        }
    }
    node.text = {begin, at_};
    node.kind = real ? Kind::real : Kind::integer;
    const auto read = real ? std::from_chars(begin, at_, node.real)
                           : std::from_chars(begin, at_, node.integer);
    return read.ec == std::errc() && read.ptr == at_;
}

}  // namespace

bool read(char* text, std::size_t size, Node* nodes) noexcept {
    return Reader(text, size, nodes).document();
}

// Each node but the root stands behind a comma, or is a container's first.
std::size_t count_nodes(std::string_view text, std::size_t depth) noexcept {
    std::size_t open = 0;
    std::size_t nodes = 2;
    const char* const end = text.data() + text.size();

    for (const char* at = text.data(); at != end;) {
        const char c = *at++;
        if (c == '"') {
            at = skip_string(at, end);
        } else if (c == ',') {
            nodes++;
        } else if (c == '[' || c == '{') {
            nodes++;
            if (++open > depth) {
                return 0;
            }
        } else if ((c == ']' || c == '}') && open > 0) {
            open--;
        }
    }
    return nodes;
}

}  // namespace base::json
