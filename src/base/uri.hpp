// Knows URLs, queries and forms, and which address lies on our own origin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace base {

// An absolute http or https URL without userinfo and fragment, free of
// blanks, control characters, backslashes and bytes above 0x7e (RFC 3986).
// Stricter than the RFC: the host is a DNS name or an address in its usual
// spelling, a port that is written is 1…65535 without leading zeros.
struct Url {
    static constexpr std::size_t kMaxLength = 4096;
    std::string scheme;  // lower case: "http" or "https"
    std::string host;    // lower case; an IPv6 address keeps its brackets
    std::uint16_t port;  // written, or the scheme's
    std::string path;    // "" or begins with "/"
    std::string query;   // without "?"

    static Result<Url> parse(std::string_view text);
    // scheme://host[:port], the port left out where it is the scheme's.
    std::string origin() const;
    // 127.0.0.0/8, [::1] and localhost.
    bool is_loopback() const noexcept;
};

// All but the unreserved characters (RFC 3986 2.3); blank is %20, as Cognito
// and RFC 6749 both accept.
std::string percent_encode(std::string_view bytes);
// Fails on % without two hex digits. `plus_is_space` for forms.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space);

// Writes application/x-www-form-urlencoded (HTML 4.01 17.13.4.1), for bodies
// and for queries.
class FormWriter {
public:
    FormWriter& add(std::string_view name, std::string_view value);
    const std::string& text() const noexcept { return text_; }
    // Wipes: forms hold codes and secrets.
    ~FormWriter();

private:
    std::string text_;
};

// The parameters of a query or a form body.
class Form {
public:
    // At most `max_parameters`; "%zz" and NUL fail. ';' does not separate.
    static Result<Form> parse(std::string_view text,
                              std::size_t max_parameters = 64);
    bool has(std::string_view name) const noexcept;
    // Absent when missing; fails when it came more than once.
    Result<std::optional<std::string_view>> unique(std::string_view name) const;

private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

// A path and query which every WHATWG URL parser resolves to the origin of
// the page it stands on: begins with one "/" and no second "/" or "\", no
// control character, blank, backslash or byte above 0x7e; its dot segments
// do not bring a "//" to the front; no escaped control character in the path.
// A fragment may follow.
class SameOriginUri {
public:
    static constexpr std::size_t kMaxLength = 2048;
    static Result<SameOriginUri> parse(std::string_view text);
    static SameOriginUri root() { return SameOriginUri("/"); }
    const std::string& text() const noexcept { return text_; }

private:
    explicit SameOriginUri(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace base
