// SPDX-License-Identifier: Apache-2.0
#include "base/json_plain.hpp"

#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"
#include "base/byte_block.hpp"

namespace base::json {
namespace {

// The reader recurses, and compares all names with each other to find
// duplicates. Larger texts are left to the library.
constexpr std::size_t kMaxDepth = 8;
constexpr std::uint32_t kMaxMembers = 64;
constexpr std::size_t kMaxNodes = 512;
// Fewer digits than 64 bits can hold.
constexpr int kMaxDigits = 18;

// Characters of a string that are neither escapes nor parts of UTF-8 sequences.
Block is_plain(Block c) noexcept {
    return is_in(c, ' ', '~') & ~is_one(c, '"') & ~is_one(c, '\\');
}

constexpr bool is_blank(char c) noexcept {
    return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

class Reader {
public:
    explicit Reader(std::string_view text)
        : at_(text.data()), end_(text.data() + text.size()) {}

    bool document(std::size_t depth) {
        skip_blanks();
        if ((!is_next('{') && !is_next('[')) || !value(depth)) {
            return false;
        }
        skip_blanks();
        return at_ == end_;
    }
    std::vector<Node> nodes() { return {nodes_, next_}; }
    std::unique_ptr<char[]> take_without_escapes() {
        return std::move(without_escapes_);
    }

private:
    bool is_next(char c) const noexcept { return at_ != end_ && *at_ == c; }
    bool take(char c) noexcept {
        const bool taken = is_next(c);
        at_ += taken ? 1 : 0;
        return taken;
    }
    void skip_blanks() noexcept {
        while (at_ != end_ && is_blank(*at_)) {
            at_++;
        }
    }
    bool take_after_blanks(char c) noexcept {
        skip_blanks();
        return take(c);
    }

    bool add(const Node& node) noexcept {
        const bool has_room = next_ != nodes_ + kMaxNodes;
        if (has_room) {
            *next_++ = node;
        }
        return has_room;
    }

    bool value(std::size_t depth);
    bool container(Node::Kind kind, char close, std::size_t depth);
    bool member(const Node* first, std::uint64_t& names, std::size_t depth);
    bool is_twin(const Node* first, std::string_view name) const;
    void skip_plain() noexcept;
    bool string();
    bool escaped(const char* begin);
    bool integer();
    bool word(std::string_view text, Node::Kind kind);

    const char* at_;
    const char* const end_;
    std::unique_ptr<char[]> without_escapes_;
    char* spare_ = nullptr;  // what is left of that
    Node* next_ = nodes_;
    Node nodes_[kMaxNodes];
};

bool Reader::value(std::size_t depth) {
    skip_blanks();
    if (at_ == end_) {
        return false;
    }
    switch (*at_) {
        case '"':
            return string();
        case '{':
            return container(Node::Kind::object, '}', depth);
        case '[':
            return container(Node::Kind::array, ']', depth);
        case 't':
            return word("true", Node::Kind::yes);
        case 'f':
            return word("false", Node::Kind::no);
        case 'n':
            return word("null", Node::Kind::null);
    }
    return integer();
}

bool Reader::container(Node::Kind kind, char close, std::size_t depth) {
    if (depth == 0) {
        return false;
    }
    at_++;
    Node* const own = next_;
    const bool is_object = kind == Node::Kind::object;
    std::uint32_t count = 0;
    std::uint64_t names = 0;

    if (!add(Node::of(kind))) {
        return false;
    }
    if (!take_after_blanks(close)) {
        do {
            if (is_object
                    ? count == kMaxMembers || !member(own + 1, names, depth - 1)
                    : !value(depth - 1)) {
                return false;
            }
            count++;
        } while (take_after_blanks(','));
        if (!take(close)) {
            return false;
        }
    }
    own->close(next_, count, names);
    return true;
}

// `first` is where the object's members begin, `names` are their marks.
bool Reader::member(const Node* first, std::uint64_t& names,
                    std::size_t depth) {
    const Node* const own = next_;

    skip_blanks();
    if (!is_next('"') || !string()) {
        return false;
    }
    const std::string_view name = own->text();
    const std::uint64_t mark = Node::mark_of(name);
    if ((names & mark) != 0 && is_twin(first, name)) {
        return false;
    }
    names |= mark;
    return take_after_blanks(':') && value(depth);
}

// Whether a member before this name, which is the last node, has it too.
bool Reader::is_twin(const Node* first, std::string_view name) const {
    for (const Node* at = first; at + 1 < next_; at += 1 + at[1].span) {
        if (at->text() == name) {
            return true;
        }
    }
    return false;
}

// No further than the text's end, where there is nothing plain.
void Reader::skip_plain() noexcept {
    std::size_t plain;
    do {
        Block block;
        std::memcpy(&block, at_, sizeof block);
        plain = first_of(~is_plain(block));
        at_ += plain;
    } while (plain == sizeof(Block));
}

bool Reader::string() {
    const char* const begin = ++at_;

    skip_plain();
    if (is_next('\\')) {
        return escaped(begin);
    }
    return add(Node::of_text({begin, at_})) && take('"');
}

// A string with escapes, of which those are plain that stand for themselves.
bool Reader::escaped(const char* begin) {
    if (without_escapes_ == nullptr) {
        without_escapes_ = std::make_unique_for_overwrite<char[]>(
            static_cast<std::size_t>(end_ - begin));
        spare_ = without_escapes_.get();
    }
    char* const text = spare_;

    spare_ = std::copy(begin, at_, spare_);
    while (take('\\')) {
        if (!is_next('/') && !is_next('"') && !is_next('\\')) {
            return false;
        }
        begin = at_++;
        skip_plain();
        spare_ = std::copy(begin, at_, spare_);
    }
    return add(Node::of_text({text, spare_})) && take('"');
}

bool Reader::integer() {
    const bool is_negative = take('-');
    const char* const begin = at_;
    std::int64_t number = 0;

    while (at_ != end_ && is_digit(*at_) && at_ - begin < kMaxDigits) {
        number = number * 10 + (*at_++ - '0');
    }
    // No digit, a zero in front, or a zero with a sign. What is left of a
    // longer number, or of one with a fraction, is nothing that may follow.
    if (at_ == begin || (*begin == '0' && (at_ - begin > 1 || is_negative))) {
        return false;
    }
    return add(Node::of_integer(is_negative ? -number : number));
}

bool Reader::word(std::string_view text, Node::Kind kind) {
    if (!std::string_view(at_, end_).starts_with(text)) {
        return false;
    }
    at_ += text.size();
    return add(Node::of(kind));
}

}  // namespace

bool read_plain(std::string_view text, std::size_t depth,
                std::vector<Node>& nodes,
                std::unique_ptr<char[]>& without_escapes) {
    Reader reader(text);

    if (!reader.document(std::min(depth, kMaxDepth))) {
        return false;
    }
    nodes = reader.nodes();
    without_escapes = reader.take_without_escapes();
    return true;
}

}  // namespace base::json
