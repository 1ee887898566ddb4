#include "watcher/probe/kinds/grpc_frames.h"

#include <gtest/gtest.h>

namespace watcher::probe {
namespace {

using Status = GrpcHealthAnswer::Status;

std::string frame(char type, char flags, char stream, const std::string& payload) {
  return std::string({'\0',
                      '\0',
                      static_cast<char>(payload.size()),
                      type,
                      flags,
                      '\0',
                      '\0',
                      '\0',
                      stream}) +
         payload;
}
const std::string kServing("\0\0\0\0\2\x08\1", 7);

Status answer(const std::string& bytes) { return GrpcHealthAnswer().feed(bytes); }

TEST(GrpcHealthCall, IsWhatTheRfcsSay) {
  const std::string call = grpc_health_call("a:1", "s");
  EXPECT_TRUE(call.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  EXPECT_NE(call.find("/grpc.health.v1.Health/Check"), std::string::npos);
  EXPECT_TRUE(call.ends_with(std::string("\0\0\0\0\3\n\1s", 8)));
}

TEST(GrpcHealthCall, WritesLongTextsAsHpackDoes) {
  const std::string call = grpc_health_call(std::string(300, 'a'), "");
  EXPECT_NE(call.find(std::string("\x01\x7f\xad\x01") + std::string(300, 'a')), std::string::npos);
}

TEST(GrpcHealthAnswer, HearsServing) {
  EXPECT_EQ(answer(frame(4, 0, 0, "") + frame(1, 4, 1, "x") + frame(0, 0, 1, kServing)),
            Status::Serving);
}

TEST(GrpcHealthAnswer, HearsItInPiecesAndPadded) {
  const std::string bytes = frame(0, 8, 1, std::string("\2", 1) + kServing.substr(0, 3) + "pp") +
                            frame(0, 1, 1, kServing.substr(3));
  GrpcHealthAnswer reader;
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    EXPECT_EQ(reader.feed(bytes.substr(i, 1)), Status::Reading);
  }
  EXPECT_EQ(reader.feed(bytes.substr(bytes.size() - 1)), Status::Serving);
}

TEST(GrpcHealthAnswer, TakesNothingElseForIt) {
  EXPECT_EQ(answer(frame(0, 0, 1, std::string("\0\0\0\0\2\x08\2", 7))), Status::NotServing);
  EXPECT_EQ(answer(frame(0, 0, 1, std::string("\0\0\0\0\0", 5))), Status::NotServing);
  EXPECT_EQ(answer(frame(1, 5, 1, "trailers")), Status::NoAnswer);
  EXPECT_EQ(answer(frame(0, 1, 1, "")), Status::NoAnswer);
  EXPECT_EQ(answer(frame(3, 0, 1, "1234")), Status::NoAnswer);
  EXPECT_EQ(answer(frame(7, 0, 0, "12345678")), Status::NoAnswer);
  EXPECT_EQ(answer(frame(0, 0, 1, std::string("\1\0\0\0\2\x08\1", 7))), Status::Malformed);
  EXPECT_EQ(answer(frame(0, 8, 1, "\x09z")), Status::Malformed);
  EXPECT_EQ(answer("HTTP/1.1 400 Bad Request\r\n\r\n"), Status::Malformed);
}

TEST(GrpcHealthAnswer, TakesNoMoreThanAnAnswerMayHave) {
  GrpcHealthAnswer reader;
  Status status = Status::Reading;
  int frames = 0;
  while (status == Status::Reading && ++frames < 100000) {
    status = reader.feed(frame(6, 1, 0, "12345678"));
  }
  EXPECT_EQ(status, Status::Malformed);
}

TEST(GrpcHealthAnswer, AcknowledgesWhatHasToBe) {
  GrpcHealthAnswer reader;
  reader.feed(frame(4, 0, 0, "") + frame(6, 0, 0, "12345678"));
  EXPECT_EQ(reader.take_replies(), frame(4, 1, 0, "") + frame(6, 1, 0, "12345678"));
  reader.feed(frame(4, 1, 0, "") + frame(6, 1, 0, "12345678"));
  EXPECT_EQ(reader.take_replies(), "");
}

}  // namespace
}  // namespace watcher::probe
