// SPDX-License-Identifier: Apache-2.0
#include "redis/protocol.hpp"

#include "redis/pipeline.hpp"

namespace redis {
namespace {

using Kind = Reply::Kind;

std::vector<Reply> read_all(ReplyReader& reader, std::string_view bytes) {
    std::vector<Reply> out;
    reader.feed(bytes);
    while (auto reply = reader.next()) {
        out.push_back(std::move(*reply));
    }
    return out;
}

TEST(RedisProtocol, CommandIsAnArrayOfStrings) {
    std::string out = "x";
    ASSERT_TRUE(append(out, {"SET", std::string("a\0b", 3), ""}));
    EXPECT_EQ(out,
              std::string("x*3\r\n$3\r\nSET\r\n$3\r\na\0b\r\n$0\r\n\r\n", 29));
}

TEST(RedisProtocol, ReadsEachKindOfReply) {
    ReplyReader reader;
    const auto replies =
        read_all(reader,
                 "+OK\r\n-READONLY no\r\n:-7\r\n$2\r\nab\r\n$-1\r\n*-1\r\n"
                 "*2\r\n*1\r\n:1\r\n$1\r\nx\r\n");
    ASSERT_EQ(replies.size(), 7u);
    EXPECT_TRUE(replies[0].is_ok());
    EXPECT_EQ(replies[1].error_word(), "READONLY");
    EXPECT_EQ(replies[2].integer, -7);
    EXPECT_EQ(replies[3].text, "ab");
    EXPECT_TRUE(replies[4].is(Kind::nil));
    EXPECT_TRUE(replies[5].is(Kind::nil));
    ASSERT_EQ(replies[6].items.size(), 2u);
    EXPECT_EQ(replies[6].items[0].items[0].integer, 1);
    EXPECT_EQ(replies[6].items[1].text, "x");
}

TEST(RedisProtocol, ReadsRepliesInPieces) {
    const std::string_view bytes = "*2\r\n$3\r\nabc\r\n:12\r\n+OK\r\n";
    ReplyReader reader;
    std::size_t count = 0;
    for (const char c : bytes) {
        count += read_all(reader, {&c, 1}).size();
    }
    EXPECT_EQ(count, 2u);
    EXPECT_FALSE(reader.is_broken());
}

TEST(RedisProtocol, OtherBytesBreakTheReader) {
    for (const char* bytes :
         {"HTTP/1.1 200 OK\r\n", "x", "$-2\r\n", "*-2\r\n", ":a\r\n"}) {
        ReplyReader reader;
        EXPECT_TRUE(read_all(reader, bytes).empty()) << bytes;
        EXPECT_TRUE(reader.is_broken()) << bytes;
        EXPECT_TRUE(read_all(reader, "+OK\r\n").empty()) << "for ever";
    }
}

TEST(RedisProtocol, ReplyThatNeverEndsIsBroken) {
    ReplyReader reader;
    std::string piece(64 * 1024, 'x');
    read_all(reader, "$536870000\r\n");
    std::size_t fed = 0;
    while (!reader.is_broken() && fed < 2 * kMaxReplyBytes) {
        read_all(reader, piece);
        fed += piece.size();
    }
    EXPECT_TRUE(reader.is_broken());
    EXPECT_LE(fed, kMaxReplyBytes + 2 * piece.size());
}

TEST(RedisProtocol, ManyRepliesAreNoLongReply) {
    ReplyReader reader;
    const std::string one = "$1000\r\n" + std::string(1000, 'x') + "\r\n";
    for (std::size_t fed = 0; fed < 2 * kMaxReplyBytes; fed += one.size()) {
        ASSERT_EQ(read_all(reader, one).size(), 1u);
    }
    EXPECT_FALSE(reader.is_broken());
}

TEST(RedisPipeline, AnswersComeInTheOrderOfTheQuestions) {
    Pipeline pipeline;
    std::string said;
    ASSERT_TRUE(pipeline.ask({{"A"}, {"B"}}, 5, [&](const Replies* r) {
        said += "first" + std::to_string(r->size());
    }));
    ASSERT_TRUE(pipeline.ask({{"C"}}, 6, [&](const Replies* r) {
        said += " second" + r->at(0).text;
    }));
    EXPECT_EQ(pipeline.output(),
              "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$1\r\nC\r\n");
    EXPECT_EQ(pipeline.waiting_since(), 5u);
    EXPECT_TRUE(pipeline.feed("+1\r\n"));
    EXPECT_EQ(said, "");
    EXPECT_TRUE(pipeline.feed("+2\r\n+three\r\n"));
    EXPECT_EQ(said, "first2 secondthree");
    EXPECT_FALSE(pipeline.is_waiting());
}

TEST(RedisPipeline, AnswerThatNobodyAskedForClosesTheConnection) {
    Pipeline pipeline;
    EXPECT_FALSE(pipeline.feed("+OK\r\n"));
}

TEST(RedisPipeline, NewsAreNoAnswers) {
    Pipeline pipeline;
    std::string news;
    EXPECT_TRUE(
        pipeline.feed("+hello\r\n", [&](const Reply& r) { news = r.text; }));
    EXPECT_EQ(news, "hello");
}

TEST(RedisPipeline, LateAnswersAreNobodys) {
    Pipeline pipeline;
    std::string said;
    pipeline.ask({{"A"}}, 10, [&](const Replies* r) { said += r ? "a" : "-"; });
    pipeline.ask({{"B"}}, 20, [&](const Replies* r) { said += r ? "b" : "-"; });
    pipeline.give_up(20);
    EXPECT_EQ(said, "-");
    EXPECT_TRUE(pipeline.feed("+late\r\n+good\r\n"));
    EXPECT_EQ(said, "-b");
}

TEST(RedisPipeline, EndOfTheConnectionAnswersEverything) {
    Pipeline pipeline;
    unsigned ended = 0;
    for (int i = 0; i < 3; i++) {
        pipeline.ask({{"A"}}, 1,
                     [&](const Replies* r) { ended += r == nullptr; });
    }
    pipeline.close();
    EXPECT_EQ(ended, 3u);
    EXPECT_EQ(pipeline.output(), "");
}

TEST(RedisPipeline, QuestionsHaveALimit) {
    Pipeline pipeline;
    for (std::size_t i = 0; i < Pipeline::kMaxPending; i++) {
        ASSERT_TRUE(pipeline.ask({{"A"}}, 1, nullptr));
    }
    EXPECT_FALSE(pipeline.ask({{"A"}}, 1, nullptr));
}

}  // namespace
}  // namespace redis
