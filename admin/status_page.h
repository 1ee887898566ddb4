#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "http/message.h"

namespace admin {

/// One file of the status page, built in from admin/page/.
struct PageFile {
  std::string_view path;  // "/" or "/page/...", as it is asked for.
  std::string_view type;
  std::string_view etag;  // With its quotes.
  std::string_view text;
};
std::span<const PageFile> page_files();

/// The file that is asked for, or 304 when the browser has it; nothing when the path is none of
/// theirs. A browser that obeys the headers runs nothing but these files, talks to nobody but us,
/// and shows the page in no frame; so what an app's labels say stays text.
std::optional<http::Response> status_page(const http::Request& request);

}  // namespace admin
