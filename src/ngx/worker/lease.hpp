// SPDX-License-Identifier: Apache-2.0
// Takes leases for this process, also those of a process that died.
#pragma once

#include "ngx/worker/shared_zone.hpp"

namespace ngx {

using LeasesOf = store::LeaseTable* CacheZone::*;

// The sign of a new holder in this process.
std::uint64_t new_lease_owner() noexcept;

// LeaseTable::acquire, or take_over when the holder's process is no more.
// Each process has one id: all that use a cache zone are of one master.
store::LeaseTable::Answer take_lease(ngx_shm_zone_t* cache, LeasesOf,
                                     const crypto::Digest256& key,
                                     std::uint64_t owner, std::int64_t hold_ms);

}  // namespace ngx
