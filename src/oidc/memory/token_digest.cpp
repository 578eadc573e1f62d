// SPDX-License-Identifier: Apache-2.0
#include "oidc/memory/token_digest.hpp"

#include <cstring>

namespace oidc::memory {
namespace {

// A fixed length, so that no two contexts give the same bytes.
std::array<char, 24> context_of(std::uint64_t policy_id) noexcept {
    constexpr std::string_view kName = "bearer verdict 3";
    std::array<char, kName.size() + sizeof policy_id> context;

    kName.copy(context.data(), kName.size());
    std::memcpy(context.data() + kName.size(), &policy_id, sizeof policy_id);
    return context;
}

}  // namespace

bool TokenDigestMemo::is_last(std::uint64_t policy_id,
                              std::string_view token) const {
    return is_kept_ && policy_id_ == policy_id && last_->token() == token;
}

const jose::DigestedToken& TokenDigestMemo::of(std::uint64_t policy_id,
                                               std::string_view token) {
    if (!is_last(policy_id, token)) {
        const auto context = context_of(policy_id);

        const bool has_room = token.size() <= copy_.size();

        is_kept_ = false;  // should there be no memory for the digests
        policy_id_ = policy_id;
        if (has_room) {
            token = {copy_.data(), token.copy(copy_.data(), token.size())};
        }
        last_.emplace(token, std::string_view(context.data(), context.size()));
        is_kept_ = has_room;
    }
    return *last_;
}

}  // namespace oidc::memory
