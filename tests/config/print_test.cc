#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/load.h"
#include "config/schema.h"

namespace config {
namespace {

using testing::HasSubstr;

/// Expects a file of the tree to hold `text`. SIGNPOST_UPDATE=1 writes it instead.
void expect_file(const std::string& path, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path(SIGNPOST_SOURCE_DIR) / path;
  if (std::getenv("SIGNPOST_UPDATE") != nullptr) std::ofstream(file) << text;
  std::ostringstream found;
  found << std::ifstream(file).rdbuf();
  EXPECT_EQ(found.str(), text) << path << " is printed from the schema: run this test once with "
                               << "SIGNPOST_UPDATE=1 in the environment and look at the change";
}

TEST(Print, IsTheFullExample) { expect_file("config/examples/full.yaml", print(defaults())); }

TEST(Reference, IsThePageInDocs) { expect_file("docs/reference/options.md", reference()); }

TEST(Print, IsReadBackAsItWas) {
  const std::string text = print(defaults());
  EXPECT_EQ(print(parse(text, "f.yaml").value()), text);
}

TEST(Print, IsReadBackWhateverTheValues) {
  Settings settings = defaults();
  settings.marathon.urls = {"http://a:1/x?y={z},[w]#v", "https://[::1]:2"};
  settings.marathon.framework = "null";
  settings.dns.listen = {*common::SocketAddress::parse("[::1]:53"),
                         *common::SocketAddress::parse("127.0.0.1:0")};
  settings.vip.groups = {"*", "a b", "- c", "d: e", "# f", "true", "'g\"", "ä\\\n\t"};
  settings.vip.idle_timeout = std::chrono::milliseconds(1001);
  settings.minimarathon.images = {{"nginx:1.25", "exec \"$0\"\n# two\tlines"}, {"", "x"}};
  settings.minimarathon.agents = {*common::IpAddress::parse("::1")};
  const std::string text = print(settings);
  const auto again = parse(text, "f.yaml");
  ASSERT_TRUE(again) << again.error().message << "\n" << text;
  EXPECT_EQ(print(*again), text);
  EXPECT_EQ(again->marathon.urls, settings.marathon.urls);
  EXPECT_EQ(again->marathon.framework, settings.marathon.framework);
  EXPECT_EQ(again->dns.listen, settings.dns.listen);
  EXPECT_EQ(again->vip.groups, settings.vip.groups);
  EXPECT_EQ(again->vip.idle_timeout, settings.vip.idle_timeout);
  EXPECT_EQ(again->minimarathon.images, settings.minimarathon.images);
  EXPECT_EQ(again->minimarathon.agents, settings.minimarathon.agents);
}

TEST(Print, ExplainsEveryOptionInLinesOfAHundredColumns) {
  std::istringstream text(print(defaults()));
  for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Reference, HasARowForEveryOption) {
  const std::string page = reference();
  for (const Section& section : schema()) {
    EXPECT_THAT(page, HasSubstr("\n## " + section.name + "\n"));
    for (const Option& option : section.options) {
      EXPECT_THAT(page, HasSubstr("\n| `" + option.key + "` | " + option.type + " | "));
    }
  }
}

}  // namespace
}  // namespace config
