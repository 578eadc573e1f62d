// SPDX-License-Identifier: Apache-2.0
// Public keys: what is refused at import, and when a signature is none.
#include "crypto/pkey.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <memory>

namespace crypto {
namespace {

constexpr char kMessage[] = "message";

std::string number(EVP_PKEY* key, const char* name, int size = 0) {
    BIGNUM* bn = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key, name, &bn), 1);
    std::string out(size ? size : BN_num_bytes(bn), '\0');
    BN_bn2binpad(bn, reinterpret_cast<unsigned char*>(out.data()), out.size());
    BN_free(bn);
    return out;
}

std::string sign(EVP_PKEY* key, const char* hash, int padding = 0,
                 int salt = RSA_PSS_SALTLEN_DIGEST) {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX* pctx = nullptr;
    std::string out(2048, '\0');
    std::size_t size = out.size();
    EXPECT_EQ(
        EVP_DigestSignInit_ex(ctx, &pctx, hash, nullptr, nullptr, key, nullptr),
        1);
    if (padding != 0) {
        EVP_PKEY_CTX_set_rsa_padding(pctx, padding);
    }
    if (padding == RSA_PKCS1_PSS_PADDING) {
        EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt);
    }
    EXPECT_EQ(
        EVP_DigestSign(ctx, reinterpret_cast<unsigned char*>(out.data()), &size,
                       reinterpret_cast<const unsigned char*>(kMessage), 7),
        1);
    EVP_MD_CTX_free(ctx);
    out.resize(size);
    return out;
}

// The RSA pair of this file: making one takes its time.
EVP_PKEY* rsa_pair() {
    static EVP_PKEY* pair = EVP_RSA_gen(2048);
    return pair;
}

PublicKey rsa_key() {
    return *PublicKey::rsa(number(rsa_pair(), "n"), number(rsa_pair(), "e"));
}

std::string odd_modulus(std::size_t bits) {
    std::string n((bits + 7) / 8, '\x5a');
    n.front() = static_cast<char>(1 << (bits - 1) % 8);
    n.back() = 1;
    return n;
}

struct EcPair {
    Curve curve;
    const char* name;
    int bytes;
    Hash hash;
    const char* hash_name;
};
constexpr EcPair kCurves[] = {
    {Curve::p256, "P-256", 32, Hash::sha256, "SHA256"},
    {Curve::p384, "P-384", 48, Hash::sha384, "SHA384"},
    {Curve::p521, "P-521", 66, Hash::sha512, "SHA512"},
};

std::string raw_of(const std::string& der, int bytes) {
    const auto* p = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* sig = d2i_ECDSA_SIG(nullptr, &p, der.size());
    std::string out(2 * bytes, '\0');
    auto* o = reinterpret_cast<unsigned char*>(out.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), o, bytes);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), o + bytes, bytes);
    ECDSA_SIG_free(sig);
    return out;
}

TEST(RsaKey, VerifiesBothPaddingsAndEachHash) {
    const PublicKey key = rsa_key();
    const std::pair<Hash, const char*> hashes[] = {{Hash::sha256, "SHA256"},
                                                   {Hash::sha384, "SHA384"},
                                                   {Hash::sha512, "SHA512"}};

    EXPECT_EQ(key.kind(), KeyKind::rsa);
    EXPECT_EQ(key.bits(), 2048);
    for (const auto& [hash, name] : hashes) {
        const auto pkcs1 = sign(rsa_pair(), name, RSA_PKCS1_PADDING);
        const auto pss = sign(rsa_pair(), name, RSA_PKCS1_PSS_PADDING);
        for (int twice = 0; twice < 2; twice++) {
            EXPECT_TRUE(key.verify_rsa(hash, Padding::pkcs1, kMessage, pkcs1));
            EXPECT_TRUE(key.verify_rsa(hash, Padding::pss, kMessage, pss));
            EXPECT_FALSE(key.verify_rsa(hash, Padding::pss, kMessage, pkcs1));
            EXPECT_FALSE(key.verify_rsa(hash, Padding::pkcs1, kMessage, pss));
            EXPECT_FALSE(key.verify_rsa(hash, Padding::pkcs1, "other", pkcs1));
        }
    }
    EXPECT_FALSE(key.verify_rsa(Hash::sha512, Padding::pkcs1, kMessage,
                                sign(rsa_pair(), "SHA256")));
}

// s^d mod n of 256 bytes as they are: what somebody with the key, or a forger
// who has found a root, can make of any padding.
std::string raw_sign(const std::string& padded) {
    EVP_PKEY_CTX* ctx = EVP_PKEY_CTX_new(rsa_pair(), nullptr);
    std::string out(256, '\0');
    std::size_t size = out.size();
    EVP_PKEY_sign_init(ctx);
    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING);
    EXPECT_EQ(
        EVP_PKEY_sign(ctx, reinterpret_cast<unsigned char*>(out.data()), &size,
                      reinterpret_cast<const unsigned char*>(padded.data()),
                      padded.size()),
        1);
    EVP_PKEY_CTX_free(ctx);
    return out;
}

// 256 bytes: PKCS #1's padding of type 1, and what it ends in.
std::string padded(const std::string& end, std::string_view begin = {"\0\1", 2},
                   std::size_t fill = 256) {
    const std::size_t room = 256 - begin.size() - 1 - end.size();
    const std::size_t filled = std::min(fill, room);
    return std::string(begin) + std::string(filled, '\xff') + '\0' + end +
           std::string(room - filled, '\x5a');  // garbage
}

// RFC 8017 8.2.2: one spelling alone is right. What readers of the padding or
// of the DER have let pass: Bleichenbacher's forgery of 2006, BERserk.
TEST(RsaKey, AcceptsOneEncodingOfPkcs1Alone) {
    using namespace std::literals;
    const PublicKey key = rsa_key();
    const auto verifies = [&](const std::string& em) {
        EXPECT_EQ(em.size(), 256u);
        return key.verify_rsa(Hash::sha256, Padding::pkcs1, kMessage,
                              raw_sign(em));
    };
    const std::string digest(view(sha256(kMessage)));
    const auto oid = "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"s;
    const std::string info =
        "\x30\x31\x30\x0d" + oid + "\x05\0\x04\x20"s + digest;
    ASSERT_TRUE(verifies(padded(info)));

    // Garbage behind it, or within.
    EXPECT_FALSE(verifies(padded(info, {"\0\1", 2}, 8)));
    EXPECT_FALSE(verifies(padded(info, {"\0\1", 2}, 200)));
    EXPECT_FALSE(verifies(padded(info + '\0')));
    EXPECT_FALSE(verifies(
        padded("\x30\x34\x30\x10" + oid + "\x05\x03xyz\x04\x20" + digest)));
    EXPECT_FALSE(verifies(
        padded("\x30\x80\x30\x0d" + oid + "\x05\0\x04\x20"s + digest)));
    EXPECT_FALSE(verifies(
        padded("\x30\x81\x31\x30\x0d" + oid + "\x05\0\x04\x20"s + digest)));
    // No parameters where RFC 8017 9.2, note 1 has NULL.
    EXPECT_FALSE(
        verifies(padded("\x30\x2f\x30\x0b" + oid + "\x04\x20" + digest)));
    // Another hash, none, or a digest of another length.
    for (const char other : {'\x02', '\x03', '\x04'}) {
        std::string wrong = info;
        wrong[14] = other;
        EXPECT_FALSE(verifies(padded(wrong)));
    }
    EXPECT_FALSE(verifies(padded(digest)));
    EXPECT_FALSE(verifies(padded(info.substr(0, info.size() - 1))));
    EXPECT_FALSE(verifies(padded("")));
    // Not the padding of a signature.
    for (const auto begin : {"\0\0"sv, "\0\2"sv, "\1\1"sv}) {
        EXPECT_FALSE(verifies(padded(info, begin))) << int{begin[1]};
    }
    std::string holed = padded(info);
    holed[100] = '\0';
    EXPECT_FALSE(verifies(holed));
    holed[100] = '\xfe';
    EXPECT_FALSE(verifies(holed));
    std::string unparted = padded(info);
    unparted[204] = '\xff';
    EXPECT_FALSE(verifies(unparted));
}

// AC-037.
TEST(RsaKey, RefusesASaltOfAnotherLengthThanTheHash) {
    for (const int salt : {0, 20, 31, 33, 64, RSA_PSS_SALTLEN_MAX}) {
        EXPECT_FALSE(rsa_key().verify_rsa(
            Hash::sha256, Padding::pss, kMessage,
            sign(rsa_pair(), "SHA256", RSA_PKCS1_PSS_PADDING, salt)))
            << salt;
    }
}

// AC-036.
TEST(RsaKey, RefusesASignatureOfAnotherLengthThanTheModulus) {
    const PublicKey key = rsa_key();
    const std::string good = sign(rsa_pair(), "SHA256");

    for (const auto& bad :
         {std::string(), good.substr(1), good.substr(0, 255), good + '\0',
          '\0' + good, std::string(256, '\0'), std::string(256, '\xff'),
          std::string(255, '\0') + '\x01', std::string(100'000, 'x')}) {
        EXPECT_FALSE(
            key.verify_rsa(Hash::sha256, Padding::pkcs1, kMessage, bad));
        EXPECT_FALSE(key.verify_rsa(Hash::sha256, Padding::pss, kMessage, bad));
    }
}

// AC-025, AC-027.
TEST(RsaKey, RefusesSizesOutOfBounds) {
    const std::string f4("\x01\x00\x01", 3);

    for (const std::size_t bits : {2048, 2049, 3072, 4096, 8192}) {
        const auto key = PublicKey::rsa(odd_modulus(bits), f4);
        ASSERT_TRUE(key) << bits;
        EXPECT_EQ(key->bits(), bits);
    }
    for (const std::size_t bits :
         {8, 512, 1024, 2047, 8193, 8200, 16384, 1'000'000}) {
        EXPECT_FALSE(PublicKey::rsa(odd_modulus(bits), f4)) << bits;
    }
    EXPECT_FALSE(PublicKey::rsa("", f4));
    EXPECT_FALSE(PublicKey::rsa(std::string(256, '\0'), f4));
    std::string even = odd_modulus(2048);
    even.back() = 2;
    EXPECT_FALSE(PublicKey::rsa(even, f4));
}

// AC-026.
TEST(RsaKey, RefusesOddExponents) {
    using namespace std::literals;
    const std::string n = odd_modulus(2048);

    for (const auto e : {"\x03"sv, "\x01\x00\x01"sv, "\xff\xff\xff\xff"sv,
                         "\0\0\x01\x00\x01"sv}) {
        EXPECT_TRUE(PublicKey::rsa(n, e));
    }
    for (const auto e : {""sv, "\0"sv, "\x01"sv, "\0\0\x01"sv, "\x02"sv,
                         "\x01\x00\x00"sv, "\x01\x00\x00\x00\x01"sv}) {
        EXPECT_FALSE(PublicKey::rsa(n, e));
    }
    EXPECT_FALSE(PublicKey::rsa(n, std::string(512, '\xff')));
}

// AC-032.
TEST(EcKey, VerifiesRawSignaturesOnly) {
    for (const EcPair& c : kCurves) {
        EVP_PKEY* pair = EVP_EC_gen(c.name);
        const auto x = number(pair, "qx", c.bytes);
        const auto y = number(pair, "qy", c.bytes);
        const auto key = PublicKey::ec(c.curve, x, y);
        ASSERT_TRUE(key) << c.name;

        const std::string der = sign(pair, c.hash_name);
        const std::string raw = raw_of(der, c.bytes);
        EXPECT_TRUE(key->verify_ecdsa(c.hash, kMessage, raw));
        EXPECT_TRUE(key->verify_ecdsa(c.hash, kMessage, raw));
        EXPECT_FALSE(key->verify_ecdsa(c.hash, "other", raw));
        EXPECT_FALSE(key->verify_ecdsa(c.hash, kMessage, der));
        EXPECT_FALSE(key->verify_eddsa(kMessage, raw));
        EXPECT_FALSE(key->verify_rsa(c.hash, Padding::pkcs1, kMessage, raw));
        for (const std::size_t size :
             {0, 1, 63, 65, 66, 95, 97, 128, 131, 133, 100'000}) {
            std::string other = raw;
            other.resize(size);
            EXPECT_FALSE(key->verify_ecdsa(c.hash, kMessage, other)) << size;
        }
        EVP_PKEY_free(pair);
    }
}

// AC-031.
TEST(EcKey, RefusesPsychicSignatures) {
    for (const EcPair& c : kCurves) {
        EVP_PKEY* pair = EVP_EC_gen(c.name);
        const auto key = PublicKey::ec(c.curve, number(pair, "qx", c.bytes),
                                       number(pair, "qy", c.bytes));
        const std::string order = number(pair, "order", c.bytes);
        const std::string zero(c.bytes, '\0');
        const std::string one = std::string(c.bytes - 1, '\0') + '\x01';
        const std::string all(c.bytes, '\xff');

        for (const auto& r : {zero, one, order, all}) {
            for (const auto& s : {zero, one, order, all}) {
                EXPECT_FALSE(key->verify_ecdsa(c.hash, kMessage, r + s));
            }
        }
        EVP_PKEY_free(pair);
    }
}

// AC-029, AC-030.
TEST(EcKey, RefusesPointsOffTheCurve) {
    for (const EcPair& c : kCurves) {
        EVP_PKEY* pair = EVP_EC_gen(c.name);
        const auto x = number(pair, "qx", c.bytes);
        const auto y = number(pair, "qy", c.bytes);
        const auto p = number(pair, "p", c.bytes);
        const std::string zero(c.bytes, '\0');
        std::string wrong = y;
        wrong.back() = static_cast<char>(wrong.back() ^ 1);

        EXPECT_TRUE(PublicKey::ec(c.curve, x, y));
        const std::pair<std::string, std::string> bad[] = {
            {x, wrong},
            {zero, zero},
            {p, y},
            {x, p},
            {"", ""},
            {x, ""},
            {x.substr(1), y},
            {x, y.substr(1)},
            {'\0' + x, y},
            {x, y + '\0'},
            {std::string(c.bytes, '\xff'), y}};
        for (const auto& [bx, by] : bad) {
            EXPECT_FALSE(PublicKey::ec(c.curve, bx, by)) << c.name;
        }
        EVP_PKEY_free(pair);
    }
}

// AC-012.
TEST(EcKey, RefusesCoordinatesOfAnotherCurve) {
    EVP_PKEY* pair = EVP_EC_gen("P-256");
    const auto x = number(pair, "qx", 32);
    const auto y = number(pair, "qy", 32);

    EXPECT_FALSE(PublicKey::ec(Curve::p384, x, y));
    EXPECT_FALSE(PublicKey::ec(Curve::p521, x, y));
    EVP_PKEY_free(pair);
}

TEST(EdKey, VerifiesBothCurves) {
    for (const auto* type : {"ED25519", "ED448"}) {
        const bool small = type[2] == '2';
        EVP_PKEY* pair = EVP_PKEY_Q_keygen(nullptr, nullptr, type);
        std::string x(small ? 32 : 57, '\0');
        std::size_t size = x.size();
        EVP_PKEY_get_raw_public_key(
            pair, reinterpret_cast<unsigned char*>(x.data()), &size);
        const auto key = small ? PublicKey::ed25519(x) : PublicKey::ed448(x);
        const std::string good = sign(pair, nullptr);

        ASSERT_TRUE(key);
        EXPECT_TRUE(key->verify_eddsa(kMessage, good));
        EXPECT_FALSE(key->verify_eddsa("other", good));
        EXPECT_FALSE(key->verify_ecdsa(Hash::sha256, kMessage, good));
        for (const auto& bad : {std::string(), good.substr(1), good + '\0',
                                std::string(good.size(), '\0'),
                                std::string(good.size(), '\xff')}) {
            EXPECT_FALSE(key->verify_eddsa(kMessage, bad));
        }
        EVP_PKEY_free(pair);
    }
    for (const std::size_t size : {0, 31, 33, 56, 58, 64}) {
        EXPECT_FALSE(PublicKey::ed25519(std::string(size, 'x')));
        EXPECT_FALSE(PublicKey::ed448(std::string(size, 'x')));
    }
}

// AC-071.
TEST(PublicKey, LeavesNoErrorInTheQueueAndIgnoresOldOnes) {
    const PublicKey key = rsa_key();
    const std::string good = sign(rsa_pair(), "SHA256");

    EXPECT_FALSE(key.verify_rsa(Hash::sha256, Padding::pkcs1, "x", good));
    EXPECT_EQ(ERR_peek_error(), 0);
    EXPECT_FALSE(
        PublicKey::ec(Curve::p256, std::string(32, 'x'), std::string(32, 'y')));
    EXPECT_EQ(ERR_peek_error(), 0);

    ERR_raise(ERR_LIB_USER, 1);
    EXPECT_TRUE(key.verify_rsa(Hash::sha256, Padding::pkcs1, kMessage, good));
    EXPECT_EQ(ERR_peek_error(), 0);
}

TEST(PublicKey, Moves) {
    const std::string good = sign(rsa_pair(), "SHA256");
    PublicKey first = rsa_key();
    PublicKey second(std::move(first));
    const auto verifies = [&](const PublicKey& key) {
        return key.verify_rsa(Hash::sha256, Padding::pkcs1, kMessage, good);
    };

    EXPECT_TRUE(verifies(second));
    EXPECT_FALSE(verifies(first)) << "an empty one refuses";
    first = std::move(second);
    EXPECT_TRUE(verifies(first));
}

}  // namespace
}  // namespace crypto
