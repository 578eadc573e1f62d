// SPDX-License-Identifier: Apache-2.0
// Judges a request by its header lines alone, without an allocation or a copy:
// this worker has accepted the credential before, or there is none.
#pragma once

#include "ngx/worker/worker.hpp"

namespace ngx {

struct Shown {
    oidc::IdentityRef known;   // null: judge the request the long way
    bool is_stranger = false;  // it carries no credential of any kind
    // Of a bearer token that `known` does not tell: its verdict key, and
    // whether it was accepted here before. Who it is of is to be read.
    std::optional<crypto::Digest256> token_key = {};
    bool is_accepted = false;
    std::string_view token = {};
};
// Only for a request that nothing was done for yet.
Shown look_at(ngx_http_request_t*, Worker&, const ProviderConf&);

}  // namespace ngx
