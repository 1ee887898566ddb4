#include "common/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace common {
namespace {

int open_one() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(UniqueFd, ClosesWhatItOwns) {
  const int fd = open_one();
  { const UniqueFd owner(fd); }
  EXPECT_FALSE(is_open(fd));
}

TEST(UniqueFd, OwnsNothingAtFirst) {
  const UniqueFd none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.get(), -1);
}

TEST(UniqueFd, HandsOwnershipOver) {
  UniqueFd first(open_one());
  const int fd = first.get();
  UniqueFd second(std::move(first));
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): this is what is proved.
  EXPECT_EQ(second.get(), fd);
  EXPECT_EQ(second.release(), fd);
  EXPECT_TRUE(is_open(fd));
  ::close(fd);
}

TEST(UniqueFd, ClosesTheOldOneWhenAssigned) {
  UniqueFd owner(open_one());
  const int old = owner.get();
  UniqueFd other(open_one());
  const int fresh = other.get();
  owner = std::move(other);
  EXPECT_FALSE(is_open(old));
  EXPECT_EQ(owner.get(), fresh);
  owner.reset();
  EXPECT_FALSE(is_open(fresh));
}

TEST(UniqueFd, SurvivesBeingAssignedToItself) {
  UniqueFd owner(open_one());
  UniqueFd& same = owner;
  owner = std::move(same);
  EXPECT_TRUE(is_open(owner.get()));
}

}  // namespace
}  // namespace common
