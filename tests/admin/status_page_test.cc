#include "admin/status_page.h"

#include <gmock/gmock.h>

namespace admin {
namespace {

http::Request get(std::string path, http::Headers headers = {}) {
  return {"GET", std::move(path), std::move(headers), ""};
}

TEST(StatusPage, IsServedWithAPolicy) {
  const auto page = status_page(get("/?theme=dark"));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_THAT(page->body, ::testing::StartsWith("<!doctype html>"));
  EXPECT_THAT(http::find_header(page->headers, "Content-Security-Policy"),
              ::testing::StartsWith("default-src 'self'"));
}

TEST(StatusPage, IsNotSentToWhoHasIt) {
  const auto page = status_page(get("/page/page.css"));
  ASSERT_TRUE(page);
  const std::string etag(http::find_header(page->headers, "ETag"));
  for (const std::string& known : {etag, "W/" + etag, "\"other\", " + etag}) {
    const auto again = status_page(get("/page/page.css", {{"if-none-match", known}}));
    EXPECT_EQ(again->status, 304) << known;
    EXPECT_EQ(again->body, "");
  }
  EXPECT_EQ(status_page(get("/page/page.css", {{"If-None-Match", "\"other\""}}))->status, 200);
}

TEST(StatusPage, IsNoDirectory) {
  for (const char* path : {"/page/", "/page", "/page/index.html", "/page/../page/page.css", ""}) {
    EXPECT_FALSE(status_page(get(path))) << path;
  }
}

TEST(StatusPage, HasATypeForEveryFile) {
  for (const PageFile& file : page_files()) {
    EXPECT_NE(file.type, "") << file.path;
    EXPECT_NE(file.text, "") << file.path;
  }
}

}  // namespace
}  // namespace admin
