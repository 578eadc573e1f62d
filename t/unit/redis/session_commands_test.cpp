// SPDX-License-Identifier: Apache-2.0
#include "redis/session_commands.hpp"

#include "redis/handshake.hpp"
#include "redis/invalidations.hpp"

namespace redis {
namespace {

Replies replies_of(std::string_view bytes) {
    ReplyReader reader;
    Replies out;
    reader.feed(bytes);
    while (auto reply = reader.next()) {
        out.push_back(std::move(*reply));
    }
    EXPECT_FALSE(reader.is_broken()) << bytes;
    return out;
}

// "none", or generation and bytes, or "error".
std::string loaded(std::string_view bytes) {
    const auto found = loaded_session(replies_of(bytes), 0);
    if (!found) {
        return "error";
    }
    return *found ? std::to_string((*found)->generation) + (*found)->bytes
                  : "none";
}

TEST(SessionCommands, NamesLieInOneSlotOfACluster) {
    const auto names = session_names("p", "HHH");
    EXPECT_EQ(names.session, "p:1:s:{HHH}");
    EXPECT_EQ(names.lease, "p:1:l:{HHH}");
    EXPECT_EQ(subject_name("p", "S"), "p:1:u:{S}");
}

TEST(SessionCommands, DigestIsReadFromASessionsNameAlone) {
    EXPECT_EQ(session_digest("p", "p:1:s:{HHH}"), "HHH");
    for (const char* name : {"p:1:l:{HHH}", "q:1:s:{HHH}", "p:1:s:HHH",
                             "p:1:s:{HHH", "p:2:s:{HHH}", ""}) {
        EXPECT_FALSE(session_digest("p", name)) << name;
    }
}

TEST(SessionCommands, GreatestGenerationIsTheSession) {
    EXPECT_EQ(loaded("*4\r\n$1\r\n9\r\n$1\r\na\r\n$2\r\n10\r\n$1\r\nb\r\n"
                     ":5000\r\n"),
              "10b");
}

TEST(SessionCommands, EndedOrMissingSessionIsNone) {
    EXPECT_EQ(loaded("*0\r\n:-2\r\n"), "none");
    EXPECT_EQ(loaded("*2\r\n$1\r\nx\r\n$1\r\n1\r\n:5000\r\n"), "none");
    // A refresh that was under way at the logout.
    EXPECT_EQ(loaded("*4\r\n$1\r\nx\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\na\r\n"
                     ":5000\r\n"),
              "none");
    EXPECT_EQ(loaded("*2\r\n$1\r\n1\r\n$1\r\na\r\n:-1\r\n"), "none")
        << "without an expiry";
}

TEST(SessionCommands, OddFieldsAreNoGenerations) {
    for (const char* field : {"0", "-1", "01x", "99999999999999999999", ""}) {
        const std::string f = field;
        EXPECT_EQ(loaded("*2\r\n$" + std::to_string(f.size()) + "\r\n" + f +
                         "\r\n$1\r\na\r\n:5000\r\n"),
                  "none")
            << field;
    }
}

TEST(SessionCommands, ErrorsAndOtherShapesAreErrors) {
    for (const char* bytes :
         {"-WRONGTYPE a\r\n:1\r\n", "*0\r\n-NOPERM b\r\n", "*0\r\n", ":1\r\n",
          "+OK\r\n:1\r\n", "*2\r\n:1\r\n:2\r\n:5000\r\n",
          "*0\r\n:1\r\n:1\r\n"}) {
        EXPECT_EQ(loaded(bytes), "error") << bytes;
    }
}

TEST(SessionCommands, ReplacementIsWonOnce) {
    const auto won = [](const char* inside) {
        return replaced_session(
            replies_of(std::string("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n") +
                       inside + ":1\r\n:1\r\n"));
    };
    EXPECT_EQ(won("*3\r\n:1\r\n:0\r\n:1\r\n"), true);
    EXPECT_EQ(won("*3\r\n:0\r\n:0\r\n:1\r\n"), false) << "another was faster";
    EXPECT_EQ(won("*3\r\n:1\r\n:1\r\n:1\r\n"), false) << "it was ended";
    EXPECT_EQ(won("*-1\r\n"), std::nullopt);
    EXPECT_EQ(won("-EXECABORT x\r\n"), std::nullopt);
    EXPECT_EQ(won("*3\r\n:1\r\n-OOM x\r\n:1\r\n"), std::nullopt);
}

TEST(SessionCommands, LeaseIsOursOrNot) {
    EXPECT_EQ(took_lease(replies_of("+OK\r\n*0\r\n:-2\r\n")), true);
    EXPECT_EQ(took_lease(replies_of("$-1\r\n*0\r\n:-2\r\n")), false);
    EXPECT_EQ(took_lease(replies_of("-OOM x\r\n*0\r\n:-2\r\n")), std::nullopt);
    EXPECT_EQ(took_lease({}), std::nullopt);
}

TEST(SessionCommands, SurplusIsWhatTheLastReplyNames) {
    EXPECT_EQ(surplus_sessions(
                  replies_of(":0\r\n:1\r\n:1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n")),
              (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(surplus_sessions(replies_of("-ERR x\r\n")).empty());
    const auto all = note_owned("u", "H", 10, 20, 20);
    EXPECT_EQ(all.back(), (Command{"ZRANGE", "u", "0", "-21"}));
}

TEST(SessionCommands, SaveSucceedsIfItHasAnExpiry) {
    EXPECT_EQ(saved_session(replies_of(":1\r\n:1\r\n")), true);
    EXPECT_EQ(saved_session(replies_of(":0\r\n:1\r\n")), true) << "repeated";
    EXPECT_EQ(saved_session(replies_of(":1\r\n:0\r\n")), false);
    EXPECT_EQ(saved_session(replies_of("-OOM x\r\n:0\r\n")), std::nullopt);
}

TEST(Handshake, AsksForWhatIsConfigured) {
    EXPECT_EQ(handshake({}), (Commands{{"ROLE"}}));
    EXPECT_EQ(
        handshake(
            {.username = "", .password = base::Secret("p"), .database = 0}),
        (Commands{{"AUTH", "p"}, {"ROLE"}}));
    EXPECT_EQ(
        handshake(
            {.username = "u", .password = base::Secret("p"), .database = 3}),
        (Commands{{"AUTH", "u", "p"}, {"SELECT", "3"}, {"ROLE"}}));
}

TEST(Handshake, TellsAMasterFromOtherServers) {
    const auto greet = [](std::string_view bytes) {
        return greeting(replies_of(bytes));
    };
    EXPECT_EQ(greet("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"), Greeting::master);
    EXPECT_EQ(greet("+OK\r\n*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"),
              Greeting::master);
    EXPECT_EQ(greet("*2\r\n$5\r\nslave\r\n$1\r\nh\r\n"), Greeting::replica);
    EXPECT_EQ(greet("*1\r\n$8\r\nsentinel\r\n"), Greeting::replica);
    EXPECT_EQ(greet("-LOADING x\r\n"), Greeting::replica);
    EXPECT_EQ(greet("-WRONGPASS x\r\n*1\r\n$6\r\nmaster\r\n"),
              Greeting::refused);
    EXPECT_EQ(greet("-NOAUTH x\r\n"), Greeting::refused);
    EXPECT_EQ(greet("+OK\r\n"), Greeting::nonsense);
    EXPECT_EQ(greeting({}), Greeting::nonsense);
}

TEST(Handshake, ServerThatIsNoMasterAnyMoreIsTold) {
    EXPECT_TRUE(is_useless_server(replies_of(":1\r\n-READONLY x\r\n")));
    EXPECT_TRUE(is_useless_server(replies_of("-MASTERDOWN x\r\n")));
    EXPECT_FALSE(is_useless_server(replies_of("-OOM x\r\n:1\r\n")));
}

TEST(Invalidations, NamesOfChangedKeysAreHeard) {
    using What = Heard::What;
    const auto hear = [](std::string_view bytes) {
        return heard(replies_of(bytes).at(0));
    };
    const std::string head =
        "*3\r\n$7\r\nmessage\r\n$20\r\n"
        "__redis__:invalidate\r\n";
    const auto changed = hear(head + "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    EXPECT_EQ(changed.what, What::changed);
    EXPECT_EQ(changed.names, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(hear(head + "$-1\r\n").what, What::all_changed);
    EXPECT_EQ(hear("*2\r\n$4\r\npong\r\n$0\r\n\r\n").what, What::pong);
    EXPECT_EQ(hear("+OK\r\n").what, What::other);
    EXPECT_EQ(hear("*3\r\n$7\r\nmessage\r\n$5\r\nother\r\n*0\r\n").what,
              What::other);
}

}  // namespace
}  // namespace redis
