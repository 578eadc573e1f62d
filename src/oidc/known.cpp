#include "oidc/known.hpp"

#include "base/http.hpp"

namespace oidc {
namespace {

constexpr std::string_view kBearer = "Bearer ";

// Locations beyond the mask are judged each time.
std::uint64_t bit(const Location& location) {
    return location.index < 64 ? std::uint64_t{1} << location.index : 0;
}

}  // namespace

IdentityRef known_bearer(IdentityCache& cache, const Provider& provider,
                         const Location& location,
                         std::string_view authorization,
                         std::uint64_t generation, base::Instant now) {
    if (!location.methods.has(Method::bearer) ||
        authorization.size() <= kBearer.size() ||
        !base::equals_ignore_case(authorization.substr(0, kBearer.size()),
                                  kBearer)) {
        return {};
    }
    const auto* entry =
        cache.find(provider.policy_id, authorization.substr(kBearer.size()));
    if (!entry || now >= entry->until || entry->generation != generation ||
        !(entry->accepted & bit(location))) {
        return {};
    }
    return entry->identity;
}

void note_known(IdentityCache& cache, const Provider& provider,
                const Location& location, std::string_view token) {
    if (auto* entry = cache.find(provider.policy_id, token)) {
        entry->accepted |= bit(location);
    }
}

}  // namespace oidc
