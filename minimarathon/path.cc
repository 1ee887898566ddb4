#include "minimarathon/path.h"

#include <algorithm>

namespace minimarathon {
namespace {

bool is_valid_segment(std::string_view segment) {
  constexpr std::string_view kInside = "abcdefghijklmnopqrstuvwxyz0123456789.-";
  const auto at_end = [](char c) { return c == '-' || c == '.'; };
  return !segment.empty() && segment.find_first_not_of(kInside) == std::string_view::npos &&
         !at_end(segment.front()) && !at_end(segment.back());
}

}  // namespace

std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) segments.push_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return segments;
}

std::string absolute_path(std::string_view path, std::string_view base) {
  std::vector<std::string_view> segments;
  const bool relative = path.empty() || path.front() != '/';
  if (relative) segments = path_segments(base);
  for (const std::string_view segment : path_segments(path)) {
    if (segment != "..")
      segments.push_back(segment);
    else if (!segments.empty())
      segments.pop_back();
  }
  std::string absolute;
  for (const std::string_view segment : segments) absolute.append("/").append(segment);
  return absolute.empty() ? "/" : absolute;
}

bool is_valid_path(std::string_view absolute) {
  const auto segments = path_segments(absolute);
  return !segments.empty() && std::all_of(segments.begin(), segments.end(), is_valid_segment);
}

std::string parent_path(std::string_view absolute) {
  const std::size_t slash = absolute.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/"
                                                       : std::string(absolute.substr(0, slash));
}

bool is_below(std::string_view path, std::string_view group) {
  if (group == "/") return path != "/";
  return path.size() > group.size() && path.starts_with(group) && path[group.size()] == '/';
}

std::string path_as_id(std::string_view absolute) {
  std::string id(absolute.substr(1));
  std::replace(id.begin(), id.end(), '/', '_');
  return id;
}

}  // namespace minimarathon
