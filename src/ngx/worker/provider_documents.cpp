// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/provider_documents.hpp"

#include <limits>

#include "base/byte_io.hpp"

namespace ngx {

namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

std::string encode(std::uint64_t generation, std::int64_t fetched,
                   bool is_from_file, std::string_view text) {
    base::ByteWriter out;
    out.i64(static_cast<std::int64_t>(generation))
        .i64(fetched)
        .u8(is_from_file ? 1 : 0)
        .blob(text);
    return std::move(out.bytes());
}

std::optional<Document> decode(std::string_view bytes) {
    base::ByteReader in(bytes);
    Document d{};
    d.generation = static_cast<std::uint64_t>(in.i64());
    d.fetched = in.i64();
    d.is_from_file = in.u8() != 0;
    d.text = in.blob();
    return in.ok() && in.at_end() ? std::optional(std::move(d)) : std::nullopt;
}

// Larger than any before, also than those of a zone that was lost.
std::uint64_t next_generation(CacheZone& zone) {
    std::uint64_t now = static_cast<std::uint64_t>(ngx_time()) * 1000;
    std::uint64_t next = std::max<std::uint64_t>(zone.last_generation + 1, now);
    zone.last_generation = next;
    return next;
}

}  // namespace

std::optional<Document> ProviderDocuments::load(
    const crypto::Digest256& key) const {
    std::string bytes;
    std::optional<store::BlobTable::Found> found;
    {
        Locked<CacheZone> zone(zone_);
        found =
            zone[&CacheZone::documents].find(as_key(key), ngx_time(), bytes);
    }
    if (!found) {
        return std::nullopt;
    }
    auto document = decode(bytes);
    if (document) {
        document->ref = found->ref;
    }
    return document;
}

bool ProviderDocuments::publish(const crypto::Digest256& key,
                                std::string_view text) const {
    auto old = load(key);
    auto& shared = *static_cast<CacheZone*>(zone_->data);
    std::string bytes;
    bool same = old && old->text == text;
    Locked<CacheZone> zone(zone_);
    bytes = encode(same ? old->generation : next_generation(shared), ngx_time(),
                   false, text);
    return zone[&CacheZone::documents].put(as_key(key), bytes, ngx_time(),
                                           kForever);
}

void ProviderDocuments::restore(const crypto::Digest256& key,
                                std::string_view text,
                                std::int64_t fetched) const {
    auto& shared = *static_cast<CacheZone*>(zone_->data);
    std::string bytes;
    Locked<CacheZone> zone(zone_);
    auto& documents = zone[&CacheZone::documents];
    if (!documents.find(as_key(key), ngx_time(), bytes)) {
        bytes = encode(next_generation(shared), fetched, true, text);
        documents.put(as_key(key), bytes, ngx_time(), kForever);
    }
}

bool ProviderDocuments::is_current(store::BlobTable::Ref ref) const noexcept {
    return static_cast<CacheZone*>(zone_->data)->documents->is_current(ref);
}

}  // namespace ngx
