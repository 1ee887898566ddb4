#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What fuzz targets share. Each defines the entry point of libFuzzer, which calls it with inputs
/// that reach new code, and reports what crashes, hangs, leaks or trips a sanitizer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// As assert(), in every build.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// Hands `bytes` to `take` in pieces whose sizes depend on the bytes.
template <class Take>
void in_pieces(std::string_view bytes, Take take) {
  while (!bytes.empty()) {
    const std::size_t size = 1 + static_cast<unsigned char>(bytes.front()) % bytes.size();
    take(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
}

}  // namespace fuzz
