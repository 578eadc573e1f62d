// SPDX-License-Identifier: Apache-2.0
// C++ objects in nginx's pools, destroyed with them.
#pragma once

#include <new>
#include <utility>

#include "ngx/ngx.hpp"

namespace ngx {

// nullptr when there is no memory; constructors may throw bad_alloc.
template <class T, class... Args>
T* make(ngx_pool_t* pool, Args&&... args) {
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(pool, 0);
    void* memory = ngx_palloc(pool, sizeof(T));
    if (cleanup == nullptr || memory == nullptr) {
        return nullptr;
    }
    T* object = new (memory) T(std::forward<Args>(args)...);
    cleanup->handler = [](void* data) { static_cast<T*>(data)->~T(); };
    cleanup->data = object;
    return object;
}

}  // namespace ngx
