// SPDX-License-Identifier: Apache-2.0
// Numbers that stand for all settings that a result in shared memory depends
// on. They are part of its name: when a setting changes, it is not found.
#pragma once

#include <cstdint>
#include <string_view>

#include "oidc/policy.hpp"

namespace oidc {

// The id for verdicts about tokens.
std::uint64_t verdict_policy(const Provider&);
// The id for grants. `trust`: how the provider was authenticated.
std::uint64_t grant_policy(const Provider&, std::string_view trust);

}  // namespace oidc
