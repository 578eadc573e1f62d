#include "oidc/verdict_keys.hpp"

namespace oidc {
namespace {

crypto::Digest256 digest(std::uint64_t policy_id, std::string_view token) {
    // Of fixed length before the token, so that nothing can shift.
    return crypto::sha256(
        {"bearer verdict 2",
         {reinterpret_cast<const char*>(&policy_id), sizeof policy_id},
         token});
}

}  // namespace

const crypto::Digest256& VerdictKeys::of(std::uint64_t policy_id,
                                         std::string_view token) {
    const bool is_same = size_ != 0 && policy_id_ == policy_id &&
                         std::string_view(token_.data(), size_) == token;

    if (!is_same) {
        size_ = token.size() <= token_.size() ? token.size() : 0;
        token.copy(token_.data(), size_);
        policy_id_ = policy_id;
        digest_ = digest(policy_id, token);
    }
    return digest_;
}

}  // namespace oidc
