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
    const bool is_same =
        !token_.empty() && policy_id_ == policy_id && token_.reveal() == token;

    if (!is_same) {
        token_ = base::Secret(token);
        policy_id_ = policy_id;
        digest_ = digest(policy_id, token);
    }
    return digest_;
}

}  // namespace oidc
