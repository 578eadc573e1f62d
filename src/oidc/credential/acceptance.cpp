// SPDX-License-Identifier: Apache-2.0
#include "oidc/credential/acceptance.hpp"

namespace oidc::credential {
namespace {

base::Status refuse(const RequestContext&, const Identity&) {
    return base::Errc::internal_error;
}

}  // namespace

base::Status accept_exchanged(const RequestContext& context,
                              const Identity& identity) {
    using Rule = base::Status (*)(const RequestContext&, const Identity&);
    static constexpr Rule kRules[] = {
#define AUTH_METHOD(word, call, comes_as, endpoint, client) refuse,
#define EXCHANGED_METHOD(word, call, comes_as, endpoint, client) accept_##word,
#include "base/methods.def"
    };
    return kRules[static_cast<std::size_t>(identity.method)](context, identity);
}

}  // namespace oidc::credential
