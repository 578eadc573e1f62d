// SPDX-License-Identifier: Apache-2.0
// What keeping a session costs: sealing and opening, finding it among few and
// among many, and what a token and a session take of a zone.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "keys.hpp"
#include "oidc/session/session_id.hpp"
#include "oidc/session/codec.hpp"
#include "oidc/web/cookie_sealer.hpp"
#include "store/blob_table.hpp"
#include "store/stamp_table.hpp"
#include "oidc/session/record.hpp"

namespace bench {
namespace {

constexpr std::int64_t kNow = 1'795'000'000;

// Cognito's three tokens: two JWS of RS256, and a refresh token of 1,784
// characters.
// Cognito's is a JWE of some 1,780 characters.
std::string refresh_token() {
    std::string token;
    for (const std::size_t bytes : {60, 256, 12, 990, 16}) {
        std::string part;
        while (part.size() < bytes) {
            part += crypto::view(crypto::sha256(part + "refresh"));
        }
        part.resize(bytes);
        token.append(token.empty() ? "" : ".")
            .append(base::base64url_encode(part));
    }
    return token;
}

oidc::session::Record record() {
    static const Key key(jose::Alg::RS256);
    oidc::session::Record r;
    r.provider = "cognito";
    r.issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Bench1";
    r.claims = access_claims();
    r.scope = "openid profile email";
    r.id_token = base::Secret(key.token());
    r.access_token = base::Secret(key.token());
    r.refresh_token = base::Secret(refresh_token());
    r.created = base::instant(kNow);
    r.expires = base::instant(kNow + 28800);
    r.last_used = r.created;
    r.access_issued = r.created;
    r.access_expires = base::instant(kNow + 3600);
    return r;
}

oidc::web::Sealer sealer() {
    std::vector<base::Secret> secrets;
    secrets.emplace_back("0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978");
    return std::move(*oidc::web::Sealer::create(secrets));
}

constexpr oidc::web::SealContext kWhere{oidc::web::Purpose::session,
                                        "NGX_OIDC_SESSION", "cognito", "client",
                                        "https://bench"};

void cookie_seal(benchmark::State& state) {
    const auto by = sealer();
    const std::string plain = oidc::session::encode(record());

    for (auto _ : state) {
        benchmark::DoNotOptimize(by.seal(kWhere, plain));
    }
    state.counters["bytes"] = static_cast<double>(plain.size());
}
BENCHMARK(cookie_seal);

void cookie_open(benchmark::State& state) {
    const auto by = sealer();
    const auto sealed = by.seal(kWhere, oidc::session::encode(record()));

    for (auto _ : state) {
        if (!by.open(kWhere, sealed->text())) {
            std::abort();
        }
    }
}
BENCHMARK(cookie_open);

void bare_aes_256_gcm(benchmark::State& state) {
    const std::string plain = oidc::session::encode(record());
    std::vector<unsigned char> out(plain.size());
    const unsigned char key[32] = {1}, nonce[12] = {2};
    unsigned char tag[16];
    EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex2(ctx, EVP_aes_256_gcm(), key, nullptr, nullptr);
    int size = 0;

    for (auto _ : state) {
        EVP_EncryptInit_ex2(ctx, nullptr, nullptr, nonce, nullptr);
        EVP_EncryptUpdate(ctx, out.data(), &size,
                          reinterpret_cast<const unsigned char*>(plain.data()),
                          static_cast<int>(plain.size()));
        EVP_EncryptFinal_ex(ctx, tag, &size);
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag);
    }
    EVP_CIPHER_CTX_free(ctx);
}
BENCHMARK(bare_aes_256_gcm);

void session_decode(benchmark::State& state) {
    const std::string plain = oidc::session::encode(record());

    for (auto _ : state) {
        benchmark::DoNotOptimize(oidc::session::decode(plain));
    }
}
BENCHMARK(session_decode);

// --- in shared memory -------------------------------------------------------

class Memory {
public:
    explicit Memory(std::size_t size)
        : size_(size),
          at_(mmap(nullptr, size, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
        if (at_ == MAP_FAILED) {
            std::abort();
        }
    }
    ~Memory() { munmap(at_, size_); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    store::Arena arena() const { return {at_, size_}; }

private:
    std::size_t size_;
    void* at_;
};

const store::Key& as_key(const crypto::Digest256& digest) {
    return *reinterpret_cast<const store::Key*>(digest.data());
}

crypto::Digest256 key_of(std::uint64_t number) {
    return crypto::sha256(
        {reinterpret_cast<const char*>(&number), sizeof number});
}

// A session without tokens, so that a million need 1.5 GB.
std::string small_record() {
    oidc::session::Record r = record();
    r.id_token = base::Secret();
    r.access_token = base::Secret();
    r.refresh_token = base::Secret();
    return oidc::session::encode(r);
}

constexpr std::size_t kAsked = 1000;

// So many live sessions, of which a thousand, spread over all, are asked for.
class Sessions {
public:
    explicit Sessions(std::uint64_t live)
        : memory_(live * 1536 + (4 << 20)), step_(live / kAsked) {
        const std::string plain = small_record();
        const std::string other(plain.size() + crypto::kAeadOverhead, 's');
        store::Arena arena = memory_.arena();
        provider_.name = "cognito";
        table_ = store::BlobTable::create(arena, other.size());
        for (std::uint64_t i = 0; table_ && i < live; i++) {
            if (i % step_ == 0) {
                const auto ticket = parse(cookie_of(i));
                put(as_key(ticket.key()), *ticket.seal(plain));
                cookies_.push_back(ticket.cookie());
            } else {
                put(as_key(key_of(i)), other);
            }
        }
        if (!table_ || table_->stats().entries != live) {
            std::abort();
        }
    }

    // As a worker does that does not know the cookie.
    void open(std::uint64_t number) {
        const auto ticket = parse(cookies_[number % cookies_.size()]);
        if (!table_->find(as_key(ticket.key()), kNow, bytes_)) {
            std::abort();
        }
        auto plain = ticket.open(bytes_);
        if (!plain || !oidc::session::decode(*plain)) {
            std::abort();
        }
    }
    // The table's part alone, of any session.
    void find(std::uint64_t number) {
        table_->find(as_key(key_of(number)), kNow, bytes_);
        benchmark::DoNotOptimize(bytes_);
    }

private:
    static std::string cookie_of(std::uint64_t number) {
        return base::base64url_encode(crypto::view(key_of(number)));
    }
    oidc::session::SessionId parse(std::string_view cookie) const {
        return std::move(*oidc::session::SessionId::parse(cookie, provider_,
                                                          "https://bench"));
    }
    void put(const store::Key& key, std::string_view bytes) {
        table_->put(key, bytes, kNow, kNow + 28800);
    }

    Memory memory_;
    std::uint64_t step_;
    oidc::Provider provider_;
    store::BlobTable* table_ = nullptr;
    std::vector<std::string> cookies_;
    std::string bytes_;
};

void session_open(benchmark::State& state) {
    Sessions sessions(static_cast<std::uint64_t>(state.range(0)));
    std::uint64_t i = 0;

    for (auto _ : state) {
        sessions.open(i++);
    }
}
BENCHMARK(session_open)->ArgName("live")->Arg(1000)->Arg(1'000'000);

// Any of them: of a million, what the machine's caches do not hold.
void session_find_any(benchmark::State& state) {
    const auto live = static_cast<std::uint64_t>(state.range(0));
    Sessions sessions(live);
    std::uint64_t i = 0;

    for (auto _ : state) {
        i = (i + 612'373) % live;
        sessions.find(i);
    }
}
BENCHMARK(session_find_any)->ArgName("live")->Arg(1000)->Arg(1'000'000);

// --- what is taken of a zone ------------------------------------------------

constexpr std::size_t kZone = 64 << 20;

void zone_token(benchmark::State& state) {
    constexpr std::uint32_t kCapacity = 100'000;

    for (auto _ : state) {
        benchmark::DoNotOptimize(store::StampTable::bytes(kCapacity));
    }
    state.counters["bytes"] =
        static_cast<double>(store::StampTable::bytes(kCapacity)) / kCapacity;
}
BENCHMARK(zone_token);

// How many fit before the first one has to go, as the module lays it out.
void zone_session(benchmark::State& state) {
    const std::string sealed = oidc::session::encode(record()) +
                               std::string(crypto::kAeadOverhead, '\0');
    Memory memory(kZone);
    store::Arena arena = memory.arena();
    store::BlobTable* table = store::BlobTable::create(arena, 4096);
    std::uint64_t count = 0;
    while (table->stats().evictions == 0) {
        table->put(as_key(key_of(count++)), sealed, kNow, kNow + 28800);
    }

    for (auto _ : state) {
        benchmark::DoNotOptimize(count);
    }
    state.counters["bytes"] =
        static_cast<double>(kZone) / static_cast<double>(count - 1);
    state.counters["record"] = static_cast<double>(sealed.size());
}
BENCHMARK(zone_session);

}  // namespace
}  // namespace bench
