#include "rollout/orders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollout {
namespace {

using ::testing::HasSubstr;
using Kind = Order::Kind;

http::Response answer(int status, std::string body) { return {status, {}, std::move(body)}; }

TEST(Orders, AreWrittenAsMarathonReadsThem) {
  EXPECT_EQ(request_of({Kind::Look, "/shop/green"}).target, "/v2/apps/shop/green");
  const auto scale = request_of({Kind::Scale, "/green", 3});
  EXPECT_EQ(scale.method, "PUT");
  EXPECT_EQ(scale.body, R"({"instances":3})");
  const auto kill = request_of({Kind::Kill, "/green", 0, {"a.1", "a.2"}});
  EXPECT_EQ(kill.method + " " + kill.target, "POST /v2/tasks/delete?scale=true");
  EXPECT_EQ(kill.body, R"({"ids":["a.1","a.2"]})");
  const auto gone = request_of({Kind::Delete, "/green"});
  EXPECT_EQ(gone.method + " " + gone.target, "DELETE /v2/apps/green?force=false");
}

TEST(Orders, TellOfAnApp) {
  const auto seen = outcome_of({Kind::Look, "/green"},
                               answer(200,
                                      R"({"app":{"instances":2,"labels":)"
                                      R"({"HAPROXY_DEPLOYMENT_TARGET_INSTANCES":"7"}}})"));
  ASSERT_TRUE(seen.app);
  EXPECT_EQ(seen.app->instances, 2U);
  EXPECT_EQ(seen.app->target_instances, 7U);
}

TEST(Orders, BelieveNoAnswerThatTellsNothing) {
  for (const char* body : {"",
                           "[]",
                           "{}",
                           R"({"app":{}})",
                           R"({"app":{"instances":-1}})",
                           R"({"app":{"instances":"2"}})",
                           R"({"app":{"instances":1e99}})"}) {
    EXPECT_EQ(outcome_of({Kind::Look, "/green"}, answer(200, body)).kind, Outcome::Kind::Failed)
        << body;
  }
}

TEST(Orders, TellWhetherToTryAgain) {
  const std::pair<int, Outcome::Kind> kinds[] = {{200, Outcome::Kind::Done},
                                                 {201, Outcome::Kind::Done},
                                                 {404, Outcome::Kind::Absent},
                                                 {409, Outcome::Kind::Locked},
                                                 {307, Outcome::Kind::Failed},
                                                 {429, Outcome::Kind::Failed},
                                                 {503, Outcome::Kind::Failed},
                                                 {403, Outcome::Kind::Refused},
                                                 {422, Outcome::Kind::Refused}};
  for (const auto& [status, kind] : kinds) {
    EXPECT_EQ(outcome_of({Kind::Scale, "/green", 3}, answer(status, "")).kind, kind) << status;
  }
  const auto locked =
      outcome_of({Kind::Scale, "/green", 3}, answer(409, R"({"message":"App is locked"})"));
  EXPECT_THAT(locked.words, HasSubstr("409 App is locked"));
  const auto refused = common::fail(common::ErrorCode::NotPermitted, "see marathon.token_file");
  EXPECT_EQ(outcome_of({Kind::Look, "/green"}, refused).kind, Outcome::Kind::Refused);
}

}  // namespace
}  // namespace rollout
