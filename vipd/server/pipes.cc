#include "vipd/server/pipes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vipd {

using common::UniqueFd;

namespace {

/// What a user may have at most, unless the host says otherwise (fs.pipe-max-size): the more a call
/// moves, the fewer there are.
constexpr int kWanted = 1 << 20;
constexpr unsigned kHow = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

}  // namespace

std::unique_ptr<Pipe> Pipe::create() {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
  return std::unique_ptr<Pipe>(new Pipe(UniqueFd(ends[1]), UniqueFd(ends[0])));
}

Pipe::Pipe(UniqueFd in, UniqueFd out) : in_(std::move(in)), out_(std::move(out)) {
  fcntl(in_.get(), F_SETPIPE_SZ, kWanted);  // Refused, it stays as large as it is.
  capacity_ = static_cast<std::size_t>(std::max(fcntl(in_.get(), F_GETPIPE_SZ), 1));
}

ssize_t Pipe::fill_from(int socket) {
  const ssize_t count = splice(socket, nullptr, in_.get(), nullptr, capacity_, kHow);
  if (count > 0) held_ = static_cast<std::size_t>(count);
  return count;
}

ssize_t Pipe::empty_to(int socket) {
  const ssize_t count = splice(out_.get(), nullptr, socket, nullptr, held_, kHow);
  if (count > 0) held_ -= static_cast<std::size_t>(count);
  return count;
}

void Pipe::drain(std::vector<std::byte>& to) {
  while (held_ > 0) {
    const std::size_t before = to.size();
    to.resize(before + held_);
    const ssize_t count = read(out_.get(), to.data() + before, held_);
    to.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count <= 0) return;  // It holds so many, so this cannot be.
    held_ -= static_cast<std::size_t>(count);
  }
}

Pipes::Lent Pipes::take() {
  if (lent_ == kMost) return {};
  std::unique_ptr<Pipe> pipe;
  if (spare_.empty()) {
    pipe = Pipe::create();
  } else {
    pipe = std::move(spare_.back());
    spare_.pop_back();
  }
  if (!pipe) return {};
  ++lent_;
  return {pipe.release(), {this}};
}

/// One that still holds bytes belongs to a session that ended amid them.
void Pipes::take_back(std::unique_ptr<Pipe> pipe) {
  --lent_;
  if (pipe->empty()) spare_.push_back(std::move(pipe));
}

}  // namespace vipd
