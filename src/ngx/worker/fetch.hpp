// SPDX-License-Identifier: Apache-2.0
// HTTP requests to providers that do not block the worker: libcurl's multi
// interface on nginx's event loop.
#pragma once

#include <memory>

#include "ngx/conf/conf.hpp"
#include "oidc/step.hpp"

namespace ngx {

// Told once, from the event loop, never from within `start`.
class Receiver {
public:
    virtual void replied(oidc::ProviderReply reply) noexcept = 0;

protected:
    virtual ~Receiver() = default;
};

// One request under way. Its destructor aborts the request, and the receiver is
// not called any more.
class Transfer {
public:
    virtual ~Transfer() = default;
};

// Which addresses a name may resolve to.
enum class Reach {
    anywhere,
    outside  // none that oidc::provider::is_inner_address knows
};

class Stream;
class StreamUser;

class Fetcher {
public:
    // Once in each worker, which keeps so many idle connections, whosever
    // they are. nullptr: no memory.
    static std::unique_ptr<Fetcher> create(ngx_log_t* log, long most_kept);
    virtual ~Fetcher() = default;

    // nullptr when the request could not even be made.
    virtual std::unique_ptr<Transfer> start(const Outbound&, const oidc::Call&,
                                            Reach, Receiver&) = 0;
    // nullptr when it could not even be begun.
    virtual std::unique_ptr<Stream> open(const RedisConf&, const RedisServer&,
                                         StreamUser&) = 0;
};

}  // namespace ngx
