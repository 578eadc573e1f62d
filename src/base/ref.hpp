// SPDX-License-Identifier: Apache-2.0
// A constant object with several owners in one thread, counted.
#pragma once

#include <cstddef>
#include <utility>

namespace base {

// Base of what a Ref may point to. Not for more than one thread.
class Counted {
public:
    Counted() = default;
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    template <class T>
    friend class Ref;
    mutable std::size_t owners_ = 0;
};

template <class T>
class Ref {
public:
    Ref() noexcept = default;
    explicit Ref(const T* object) noexcept : object_(object) { hold(); }
    template <class... Args>
    static Ref make(Args&&... args) {
        return Ref(new T(std::forward<Args>(args)...));
    }
    Ref(const Ref& other) noexcept : object_(other.object_) { hold(); }
    Ref(Ref&& other) noexcept
        : object_(std::exchange(other.object_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref() {
        if (object_ && --object_->owners_ == 0) {
            delete object_;
        }
    }

    explicit operator bool() const noexcept { return object_ != nullptr; }
    const T& operator*() const noexcept { return *object_; }
    const T* operator->() const noexcept { return object_; }
    const T* get() const noexcept { return object_; }

private:
    void hold() const noexcept {
        if (object_) {
            ++object_->owners_;
        }
    }
    const T* object_ = nullptr;
};

}  // namespace base
