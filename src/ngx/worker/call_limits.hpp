// SPDX-License-Identifier: Apache-2.0
// How many calls are made to one provider on behalf of requests.
#pragma once

#include <cstdint>
#include <utility>

#include "ngx/worker/shared_zone.hpp"

namespace ngx {

// In a second, by all workers.
class CallRates {
public:
    CallRates(const ProviderConf&, ngx_shm_zone_t* cache, std::uint32_t place);

    // False: the call is not to be made now.
    bool take(const oidc::Call&) const;

private:
    const std::vector<oidc::CallRate>& rates_;
    ngx_shm_zone_t* cache_;
    store::RateWindow* windows_;
};

// At once, by one worker. A quarter of the limit is for sessions alone, so that
// requests of anyone are the first to be turned away.
class CallSlots {
public:
    // Its destructor releases the slot.
    class Slot {
    public:
        Slot() = default;
        Slot(Slot&& other) noexcept
            : used_(std::exchange(other.used_, nullptr)) {}
        Slot& operator=(Slot&& other) noexcept {
            release();
            used_ = std::exchange(other.used_, nullptr);
            return *this;
        }
        ~Slot() { release(); }
        void release() noexcept {
            if (used_ != nullptr) {
                --*std::exchange(used_, nullptr);
            }
        }
        explicit operator bool() const noexcept { return used_ != nullptr; }

    private:
        friend class CallSlots;
        explicit Slot(std::uint32_t& used) noexcept : used_(&used) { ++used; }
        std::uint32_t* used_ = nullptr;
    };

    explicit CallSlots(std::uint32_t limit) noexcept : limit_(limit) {}
    CallSlots(const CallSlots&) = delete;
    CallSlots& operator=(const CallSlots&) = delete;

    // Empty when there is none.
    Slot take(bool is_of_session) noexcept {
        const std::uint32_t limit = is_of_session ? limit_ : of_anyone();
        return used_ < limit ? Slot(used_) : Slot();
    }

private:
    std::uint32_t of_anyone() const noexcept { return limit_ - limit_ / 4; }

    std::uint32_t limit_;
    std::uint32_t used_ = 0;
};

}  // namespace ngx
