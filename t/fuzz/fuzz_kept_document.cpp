// SPDX-License-Identifier: Apache-2.0
// What is read from a file is what was written, and of no other document.

#include <cstdlib>

#include "oidc/provider/kept_document.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    using namespace oidc::provider;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto ours = crypto::sha256("ours");
    const auto now = base::instant(1'800'000'000);
    const base::Seconds stale{86400};

    if (const auto kept = read_kept(ours, bytes, now, stale)) {
        if (kept->fetched > now || kept->fetched + stale <= now ||
            !bytes.ends_with(kept->text) ||
            read_kept(crypto::sha256("theirs"), bytes, now, stale)) {
            std::abort();
        }
    }
    const std::string written = write_kept(ours, now, bytes);
    const auto again = read_kept(ours, written, now, stale);
    if (!again || again->text != bytes || again->fetched != now) {
        std::abort();
    }
    return 0;
}
