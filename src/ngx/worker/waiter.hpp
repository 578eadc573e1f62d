// SPDX-License-Identifier: Apache-2.0
// A request that waits for an event, removed when the request ends.
#pragma once

#include "oidc/step.hpp"

namespace ngx {

class Waiter;

// A list of waiters.
class WaitingRoom {
public:
    virtual void forget(Waiter&) noexcept = 0;

protected:
    virtual ~WaitingRoom() = default;
};

// Unlinks itself.
class Waiter {
public:
    // Called from the event loop: whether the awaited thing is there now.
    virtual void arrived(bool there) noexcept = 0;
    bool is_waiting() const noexcept { return room_ != nullptr; }
    const oidc::Await& awaits() const noexcept { return await_; }

    void enter(WaitingRoom& room, const oidc::Await& await) noexcept {
        room_ = &room;
        await_ = await;
    }
    void leave() noexcept {
        if (room_) {
            std::exchange(room_, nullptr)->forget(*this);
        }
    }

protected:
    virtual ~Waiter() { leave(); }

private:
    WaitingRoom* room_ = nullptr;
    oidc::Await await_{};
};

}  // namespace ngx
