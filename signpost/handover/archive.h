#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/unique_fd.h"

/// One description of a value's parts both writes and reads it, so that the two cannot differ:
///
///   template <class Archive>
///   void pass(Archive& archive, Point& point) { archive(point.x, point.y); }
///
/// Pure. Numbers are little-endian, eight bytes each: this is for a few thousand values once.
namespace signpost::handover {

/// Values into bytes and, beside them, descriptors, which stay with whoever has them.
class Writer {
 public:
  template <class... Parts>
  void operator()(Parts&... parts) {
    (pass(*this, parts), ...);
  }

  void number(std::uint64_t& value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(value >> shift);
  }
  void raw(char* data, std::size_t size) { bytes_.append(data, size); }
  void descriptor(common::UniqueFd& fd) {
    std::uint64_t there = fd ? 1 : 0;
    number(there);
    if (fd) descriptors_.push_back(fd.get());
  }
  template <class List>
  void size(List& list) {
    std::uint64_t count = list.size();
    number(count);
  }
  template <class Item>
  void items(std::vector<Item>& items, std::uint64_t /*count*/) {
    for (Item& item : items) (*this)(item);
  }

  const std::string& bytes() const { return bytes_; }
  const std::vector<int>& descriptors() const { return descriptors_; }

 private:
  std::string bytes_;
  std::vector<int> descriptors_;
};

/// The other way round. After what cannot be read, everything reads as 0 and ok() is false. Takes
/// no more memory than a few times what it is given.
class Reader {
 public:
  Reader(std::string_view bytes, std::vector<common::UniqueFd>& descriptors)
      : bytes_(bytes), descriptors_(descriptors) {}

  template <class... Parts>
  void operator()(Parts&... parts) {
    (pass(*this, parts), ...);
  }

  void number(std::uint64_t& value) {
    value = 0;
    if (!has(8)) return;
    for (int shift = 0; shift < 64; shift += 8) {
      value |= std::uint64_t{static_cast<unsigned char>(bytes_[at_++])} << shift;
    }
  }
  void raw(char* data, std::size_t size) {
    if (!has(size)) return;
    bytes_.copy(data, size, at_);
    at_ += size;
  }
  void descriptor(common::UniqueFd& fd) {
    std::uint64_t there = 0;
    number(there);
    if (there == 0) return;
    if (next_descriptor_ == descriptors_.size()) return fail();
    fd = std::move(descriptors_[next_descriptor_++]);
  }
  /// Of bytes: what claims more than there are is refused before memory is taken.
  template <class List>
  void size(List& list) {
    std::uint64_t count = 0;
    number(count);
    list.clear();
    if (has(count)) list.resize(count);
  }

  template <class Item>
  void items(std::vector<Item>& items, std::uint64_t count) {
    items.clear();
    while (count-- > 0 && has(1)) (*this)(items.emplace_back());
  }

  void fail() { ok_ = false; }
  bool ok() const { return ok_; }
  bool complete() const {
    return ok_ && at_ == bytes_.size() && next_descriptor_ == descriptors_.size();
  }

 private:
  bool has(std::uint64_t count) {
    ok_ = ok_ && count <= bytes_.size() - at_;
    return ok_;
  }

  std::string_view bytes_;
  std::vector<common::UniqueFd>& descriptors_;
  std::size_t at_ = 0;
  std::size_t next_descriptor_ = 0;
  bool ok_ = true;
};

template <class Archive, std::integral Number>
void pass(Archive& archive, Number& value) {
  auto wide = static_cast<std::uint64_t>(value);
  archive.number(wide);
  value = static_cast<Number>(wide);
}

template <class Archive>
void pass(Archive& archive, std::chrono::milliseconds& value) {
  auto count = static_cast<std::uint64_t>(value.count());
  archive.number(count);
  value = std::chrono::milliseconds(static_cast<std::int64_t>(count));
}

template <class Archive>
void pass(Archive& archive, common::UniqueFd& fd) {
  archive.descriptor(fd);
}

template <class Archive>
void pass(Archive& archive, std::string& text) {
  archive.size(text);
  archive.raw(text.data(), text.size());
}

template <class Archive>
void pass(Archive& archive, std::vector<std::byte>& bytes) {
  archive.size(bytes);
  archive.raw(reinterpret_cast<char*>(bytes.data()), bytes.size());
}

template <class Archive, class Item>
void pass(Archive& archive, std::vector<Item>& items) {
  std::uint64_t count = items.size();
  archive.number(count);
  archive.items(items, count);
}

template <class Archive, class Value>
void pass(Archive& archive, std::optional<Value>& value) {
  bool there = value.has_value();
  archive(there);
  if (there && !value) value.emplace();
  if (there) archive(*value);
}

}  // namespace signpost::handover
