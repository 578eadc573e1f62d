#include "oidc/verdict_keys.hpp"

#include "base/cursor.hpp"

namespace oidc {
namespace {

crypto::Digest256 digest(std::uint64_t policy_id, std::string_view token) {
    base::ByteWriter head;

    head.blob("bearer verdict 1")
        .i64(static_cast<std::int64_t>(policy_id))
        .u32(static_cast<std::uint32_t>(token.size()));
    return crypto::sha256({head.bytes(), token});
}

}  // namespace

const crypto::Digest256& VerdictKeys::of(std::uint64_t policy_id,
                                         std::string_view token) {
    const bool is_same = !token_.empty() && policy_id_ == policy_id &&
                         token_.reveal() == token;

    if (!is_same) {
        token_ = base::Secret(token);
        policy_id_ = policy_id;
        digest_ = digest(policy_id, token);
    }
    return digest_;
}

}  // namespace oidc
