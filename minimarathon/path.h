#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Path ids as Marathon has them: "/shop/cart".
namespace minimarathon {

/// Absolute, without doubled or trailing slashes: ("cart", "/shop") -> "/shop/cart",
/// ("/a//b/", any) -> "/a/b", ("../db", "/shop/cart") -> "/shop/db". The root is "/".
std::string absolute_path(std::string_view path, std::string_view base = "/");

/// Every segment is made of [a-z0-9.-] and neither starts nor ends with '-' or '.'; not the root.
bool is_valid_path(std::string_view absolute);

std::vector<std::string_view> path_segments(std::string_view absolute);
std::string parent_path(std::string_view absolute);  // Of "/a": "/".
bool is_below(std::string_view path, std::string_view group);

/// "/shop/cart" -> "shop_cart", what task ids start with.
std::string path_as_id(std::string_view absolute);

}  // namespace minimarathon
