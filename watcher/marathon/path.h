#pragma once

#include <string>
#include <string_view>

/// App and group ids: absolute paths such as "/shop/cart".
namespace watcher::marathon {

/// Mesos task name of an app's tasks: the segments in reverse, "/shop/cart" becomes "cart.shop".
std::string mesos_name(std::string_view app);

/// Is `app` in the group, or in a group in it? All are below "/".
bool is_below(std::string_view app, std::string_view group);

/// An id, or a version, as part of a URL path: what may not stand there is percent-encoded.
std::string url_encode(std::string_view path);

}  // namespace watcher::marathon
