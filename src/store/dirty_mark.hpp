// SPDX-License-Identifier: Apache-2.0
// Marks a change to shared memory, so that the next holder of the lock can tell
// that a killed worker was in the middle of it; and the layout of a table.
#pragma once

#include <atomic>
#include <cstdint>

namespace store {

// A process that dies keeps the order of its own stores, so it is only the
// compiler that must be held to it.
inline void keep_order() noexcept {
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

// First words of every table. Nginx keeps a zone over a reload, and a reload
// may bring a module that would read it differently.
struct Layout {
    std::uint32_t magic;
    std::uint32_t number;
    bool operator==(const Layout&) const = default;
};

class DirtyMark {
public:
    bool set() const noexcept {
        return word_.load(std::memory_order_acquire) != 0;
    }
    void begin() noexcept {
        word_.store(1, std::memory_order_relaxed);
        keep_order();
    }
    void end() noexcept { word_.store(0, std::memory_order_release); }

private:
    std::atomic<std::uint32_t> word_{0};
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
};

// A change is under way for as long as this lives.
class Change {
public:
    explicit Change(DirtyMark& mark) noexcept : mark_(mark) { mark_.begin(); }
    ~Change() { mark_.end(); }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

private:
    DirtyMark& mark_;
};

}  // namespace store
