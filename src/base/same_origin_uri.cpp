// SPDX-License-Identifier: Apache-2.0
#include "base/same_origin_uri.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"

namespace base {
namespace {

// The WHATWG parser strips tabs and newlines, turns the backslashes of a path
// into slashes, and trims controls and blanks at the ends; none of them is
// accepted. In a query a backslash is itself (WHATWG URL 4.4, query state).
bool is_plain(std::string_view text) noexcept {
    const std::size_t query = std::min(text.find('?'), text.size());
    const std::size_t fragment = std::min(text.find('#'), text.size());

    for (std::size_t i = 0; i < text.size(); i++) {
        const bool in_query = i > query && i < fragment;
        if (!is_printable(text[i]) || text[i] == ' ' ||
            (text[i] == '\\' && !in_query)) {
            return false;
        }
    }
    return true;
}

// An escaped control character (%00…%1f, %7f): harmless to a browser, but
// some server behind us may unescape a path into its own headers.
bool has_escaped_control(std::string_view path) noexcept {
    for (std::size_t i = 0; i + 2 < path.size(); i++) {
        if (path[i] != '%') {
            continue;
        }
        const int high = hex_digit(path[i + 1]);
        const int low = hex_digit(path[i + 2]);

        if (low >= 0 && (high == 0 || high == 1 || (high == 7 && low == 15))) {
            return true;
        }
    }
    return false;
}

// How many dots a segment is: 1 or 2 for the dot segments in each of their
// spellings (WHATWG URL 4.1, "." and "%2e" alike), else 0.
int dots(std::string_view segment) noexcept {
    int count = 0;

    while (!segment.empty()) {
        if (segment[0] == '.') {
            segment.remove_prefix(1);
        } else if (segment.starts_with("%2e") || segment.starts_with("%2E")) {
            segment.remove_prefix(3);
        } else {
            return 0;
        }
        count++;
    }
    return count <= 2 ? count : 0;
}

// Whether the path (WHATWG URL 4.4, path state) resolves to one that begins
// with "//": the first of two or more segments left is empty.
bool resolves_to_two_slashes(std::string_view path) {
    std::vector<std::string_view> segments;

    path.remove_prefix(1);
    for (bool last = false; !last;) {
        const std::size_t slash = path.find('/');
        const std::string_view segment = path.substr(0, slash);
        const int count = dots(segment);

        last = slash == std::string_view::npos;
        if (count == 2 && !segments.empty()) {
            segments.pop_back();
        }
        if (count == 0) {
            segments.push_back(segment);
        } else if (last) {
            segments.push_back({});
        }
        path.remove_prefix(last ? path.size() : slash + 1);
    }
    return segments.size() > 1 && segments.front().empty();
}

}  // namespace

Result<SameOriginUri> SameOriginUri::parse(std::string_view text) {
    if (text.size() > kMaxLength) {
        return Error{Errc::malformed, "the address is longer than the limit"};
    }
    if (!text.starts_with('/') || text.starts_with("//")) {
        return Error{Errc::malformed, "the address is not a path of ours"};
    }
    if (!is_plain(text)) {
        return Error{Errc::malformed,
                     "the address holds a forbidden character"};
    }

    const std::string_view path = text.substr(0, text.find_first_of("?#"));
    if (has_escaped_control(path)) {
        return Error{Errc::malformed,
                     "the address holds an escaped control character"};
    }
    if (resolves_to_two_slashes(path)) {
        return Error{Errc::malformed, "the address resolves to two slashes"};
    }
    return SameOriginUri(std::string(text));
}

}  // namespace base
