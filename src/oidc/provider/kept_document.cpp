// SPDX-License-Identifier: Apache-2.0
#include "oidc/provider/kept_document.hpp"

#include <charconv>

#include "base/ascii.hpp"

namespace oidc::provider {
namespace {

constexpr std::string_view kFormat = "auth_oidc-1";

// SHA-256 tells a text that was cut or has a flipped bit, which could still be
// a key set, but of other keys.
std::string checksum(std::string_view text) {
    return file_name(crypto::sha256(text));
}

std::optional<base::Instant> read_instant(std::string_view word) {
    std::int64_t seconds = 0;
    const char* const end = word.data() + word.size();
    const auto read = std::from_chars(word.data(), end, seconds);

    return read.ec == std::errc() && read.ptr == end
               ? std::optional(base::instant(seconds))
               : std::nullopt;
}

}  // namespace

std::string file_name(const crypto::Digest256& document) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string name;

    for (const std::uint8_t byte : document) {
        name += kDigits[byte >> 4];
        name += kDigits[byte & 15];
    }
    return name;
}

std::string write_kept(const crypto::Digest256& document, base::Instant fetched,
                       std::string_view text) {
    return std::string(kFormat) + ' ' + file_name(document) + ' ' +
           std::to_string(base::seconds(fetched)) + ' ' + checksum(text) +
           '\n' + std::string(text);
}

std::optional<KeptDocument> read_kept(const crypto::Digest256& document,
                                      std::string_view bytes, base::Instant now,
                                      base::Seconds stale) {
    std::string_view text = bytes;
    std::string_view head = base::take_until(text, '\n');
    const bool is_ours = base::take_until(head, ' ') == kFormat &&
                         base::take_until(head, ' ') == file_name(document);
    const auto fetched = read_instant(base::take_until(head, ' '));

    if (!is_ours || !fetched || head != checksum(text) ||
        *fetched > base::saturating_add(now, kKeptClockSkew) ||
        base::saturating_add(*fetched, stale) <= now) {
        return std::nullopt;
    }
    return KeptDocument{text, std::min(*fetched, now)};
}

}  // namespace oidc::provider
