// Knows how a credential becomes somebody: the provider is asked once for all
// who show the same credential at the same time, in all workers, and its
// answer is kept.
#pragma once

#include <memory>
#include <variant>

#include "oidc/kept_grant.hpp"

namespace oidc {

// How long a refusal is remembered: a client with a stale password asks again
// and again, and must not lock the user out.
inline constexpr base::Seconds kRefusalMemory{5};
// How long a failure of the provider answers those who wait behind it. It is
// never taken for a refusal.
inline constexpr base::Seconds kFailureMemory{2};
// How often a request waits for others before it gives up.
inline constexpr unsigned kMaxRounds = 3;

struct Life {
    base::Instant fresh_until;  // then the provider is asked again
    base::Instant until;        // so long it serves while that cannot answer
};

// Fresh for token_cache_ttl, or for 75 % of what is left; never kept beyond
// the end.
Life token_life(const Provider&, base::Instant expires, base::Instant now);

// One credential of one kind. The machinery below is the same for all.
class Credential {
public:
    virtual ~Credential() = default;

    virtual CredentialName name() const = 0;
    // What the provider is asked.
    virtual base::Result<Call> question(const Context&,
                                        const Metadata&) const = 0;
    // What it says. An error whose outcome is invalid_token or forbidden is
    // a refusal; all others are failures.
    virtual base::Result<Granted> read(const Context&, const Reply&,
                                       base::Instant now) const = 0;
    // Who that is, proven with the provider's keys as far as there is
    // something to prove. keys_unavailable, unknown_kid: newer keys may help.
    virtual base::Result<std::unique_ptr<Identity>> identify(
        const Context&, const Granted&, base::Instant now) const = 0;
    // What it means that the provider's answer does not hold: as a rule that
    // the provider is at fault.
    virtual base::Error unproven(base::Error) const;
    // How long the answer is kept.
    virtual Life life(const Provider&, const Granted&, base::Instant now) const;
};

// Differs whenever two locations may ask the provider for different things in
// a credential's name. To be kept in Location::swap_id.
std::uint64_t swap_id(const Location&);

// What this worker remembers of a credential as it stood in the request;
// null: ask. Whether the location accepts it is still to be judged.
IdentityRef recall_swapped(const Context&, std::string_view credential,
                           base::Instant now);

class Swap {
public:
    using Progress = std::variant<Call, Await, base::Result<IdentityRef>>;

    // `shown` is the credential as it stood in the request.
    Swap(const Context&, std::string_view shown, std::unique_ptr<Credential>);
    ~Swap() { end_turn(); }
    Swap(const Swap&) = delete;
    Swap& operator=(const Swap&) = delete;

    Progress begin(base::Instant now);
    Progress resumed(bool arrived, base::Instant now);
    Progress fetched(const Reply&, base::Instant now);

private:
    enum class Stage { none, metadata, keys, turn, renewal, reply_keys };

    Progress look(base::Instant now);
    Progress use(KeptGrant, base::Instant now);
    Progress approach(base::Instant now);
    Progress ask(const Metadata&, base::Instant now);
    Progress conclude(base::Instant now);
    Progress fail(base::Error, base::Instant now);
    Progress wait(Stage, Await);
    Progress wait_for_keys(Stage);
    bool keys_may_help(const base::Error&) const;
    IdentityRef remember(std::unique_ptr<Identity>, base::Instant until,
                         base::Instant now);
    base::Result<IdentityRef> end(base::Result<IdentityRef>);
    void end_turn();

    Context context_;
    std::string_view shown_;
    std::unique_ptr<Credential> credential_;
    std::optional<GrantPlace> place_;
    Stage stage_ = Stage::none;
    bool has_turn_ = false;
    bool metadata_awaited_ = false;
    bool keys_awaited_ = false;
    unsigned rounds_ = 0;
    std::optional<Granted> granted_;  // by the provider, not yet proven
    std::optional<KeptGrant> old_;    // still good, to be renewed
    IdentityRef old_identity_;
};

}  // namespace oidc
