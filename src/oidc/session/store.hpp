// SPDX-License-Identifier: Apache-2.0
// The interface of a session store. Nothing outside an implementation asks
// which one it is.
//
// In each of them, a session is bound to its provider, the client and the
// origin (or the cookie_domain) it began at, by what it is sealed with:
// elsewhere it is none.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oidc/flow.hpp"
#include "oidc/memory/identity_table.hpp"
#include "oidc/session/record.hpp"
#include "oidc/session/session_cookies.hpp"
#include "oidc/web/cookie_chunks.hpp"

namespace oidc::session {

// A session as it is stored.
struct StoredRecord {
    Record record;
    SessionHandle handle;  // of a store on the server
    base::Instant last_used;
    // Of a store elsewhere; 0: of another one.
    std::uint64_t generation = 0;
    bool is_certain = true;  // false: it may have changed elsewhere
};

using SetCookies = std::vector<std::string>;

// How long a session that is in use may be used without the store.
struct Use {
    base::Instant until;
    SetCookies set_cookies;
};

// Whose turn it is to renew a session.
enum class Turn {
    ours,
    others,  // another nginx renews it now
    passed   // another has renewed it
};

struct Renewed {
    SessionHandle handle;
    SetCookies set_cookies;
};

// What is told of a session to who administers it.
struct ListedSession {
    std::string id;  // leads to no cookie
    base::Instant begun;
    base::Instant last_used;
    base::Instant ends;
};

// Constant: what changes is behind the ports of the context. A method that
// gives Progress may have to wait; it is then called again with the same
// arguments.
class Store {
public:
    // The values that may be sessions, among the cookies of a name.
    virtual std::vector<std::string> values(const RequestFacts&,
                                            const std::string& name) const = 0;
    // Like web::arrange, for the chunks that this store uses.
    virtual std::size_t arrange(
        std::span<std::string_view, web::kMaxChunks> parts,
        std::span<const unsigned, web::kMaxChunks> seen) const noexcept = 0;

    // session_invalid or session_expired for what opens no session. Limits and
    // logouts are not checked.
    virtual Progress<StoredRecord> open(const RequestContext&,
                                        const SessionCookies&,
                                        const std::string& cookie,
                                        base::Instant now) const = 0;
    // Moves the idle limit of a session that is in use.
    virtual base::Result<Use> use(const RequestContext&, const SessionCookies&,
                                  const std::string& cookie, StoredRecord&,
                                  base::Instant now) const = 0;
    // The same for a session that this worker remembers. False: it has to be
    // opened again.
    virtual bool use_again(SessionRecords&, const Provider&,
                           memory::IdentityTable::Entry&,
                           base::Instant now) const noexcept = 0;

    // Stores a new session. session_too_large, store_failed, random_failed.
    virtual Progress<SetCookies> save(const RequestContext&,
                                      const SessionCookies&, const Record&,
                                      base::Instant now) const = 0;
    // Replaces the record while nobody else has. store_failed,
    // session_too_large.
    virtual Progress<Renewed> replace(const RequestContext&,
                                      const SessionCookies&,
                                      const std::string& cookie,
                                      const StoredRecord&,
                                      base::Instant now) const = 0;
    // What is known of the session here is not to be relied on: it is asked
    // for again when it is next opened.
    virtual void distrust(const RequestContext&, const SessionCookies&,
                          const std::string&) const {}
    // Lets one of all nginx renew a session; `only_try` does not wait for
    // another one to end.
    virtual Progress<Turn> take_turn(const RequestContext&,
                                     const SessionCookies&, const std::string&,
                                     const StoredRecord&, bool only_try) const {
        static_cast<void>(only_try);
        return Turn::ours;
    }
    virtual void end_turn(const RequestContext&, const SessionCookies&,
                          const std::string&) const {}
    // store_unavailable if no session can be stored now.
    virtual base::Status is_ready(const RequestContext&) const { return {}; }
    // Whether the cookie of a session leads to what replaces it, too.
    virtual bool keeps_cookie() const noexcept = 0;
    // Ends the session that a cookie leads to.
    virtual Progress<void> remove(const RequestContext&, const SessionCookies&,
                                  const std::string& cookie,
                                  base::Instant now) const = 0;

    // The sessions of a subject; absent: the store does not know them.
    virtual Progress<std::optional<std::vector<ListedSession>>> list(
        const RequestContext&, std::string_view sub, base::Instant now) const;
    // Ends one of them, by its id. Whether there was one.
    virtual Progress<bool> end_listed(const RequestContext&,
                                      const std::string& id) const {
        static_cast<void>(id);
        return false;
    }

    // What its configuration consists of.
    virtual bool is_in_zone() const noexcept = 0;
    virtual bool needs_session_secret() const noexcept = 0;

protected:
    ~Store() = default;
};

inline const Store& store_of(const Provider& provider) noexcept {
    return *provider.store;
}

// The stores, by the words of session_stores.def.
#define SESSION_STORE(word) const Store& word##_store() noexcept;
#include "oidc/session/session_stores.def"

// The content of a record from its sealed form.
base::Result<StoredRecord> read_record(base::Result<std::string> plain);

}  // namespace oidc::session
