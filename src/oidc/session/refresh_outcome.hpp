// SPDX-License-Identifier: Apache-2.0
// The result of the last use of a session's refresh token, shared by all
// requests of the session over all workers.
#pragma once

#include <optional>

#include "oidc/flow.hpp"
#include "oidc/session/record.hpp"

namespace oidc::session {

// Notes about one refresh token, whichever cookie of the session led to it.
// Who reads the shared memory learns nothing of it.
class RefreshOutcome {
public:
    enum class Fate : char {
        none = 0,
        failed = 'f',
        ended = 'e',
        renewed = 'r'
    };

    static base::Result<RefreshOutcome> about(const RequestContext&,
                                              const Record&);

    // The key of the flight that uses the token.
    const crypto::Digest256& place() const noexcept { return place_; }

    Fate fate(base::Instant now) const;
    void note(Fate, base::Instant now, base::Seconds life) const;

    // For those who still have the cookie with the old token: sealed by what
    // that token is, which they hold and the shared memory does not.
    void hand_over(const Record& renewed, base::Instant now,
                   base::Seconds life) const;
    // Absent when there is none with newer tokens, of the same login.
    struct Version {
        base::Instant created;
        base::Instant access_issued;
    };
    std::optional<Record> handed_over(const Version& old,
                                      base::Instant now) const;
    static Version version_of(const Record& record) noexcept {
        return {record.created, record.access_issued};
    }

private:
    RefreshOutcome(const RequestContext& context,
                   const crypto::Digest256& place, base::Secret token)
        : grants_(&context.ports.grants),
          provider_(context.provider.name),
          place_(place),
          token_(std::move(token)) {}

    GrantStore* grants_;
    std::string_view provider_;
    crypto::Digest256 place_;
    base::Secret token_;
};

}  // namespace oidc::session
