#include "signpost/privileges.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace signpost {
namespace {

namespace fs = std::filesystem;
using common::ErrorCode;
using common::Expected;

// --- capabilities(7), by the system calls: a set is a word with a bit each

struct Capabilities {
  std::uint64_t effective = 0;
  std::uint64_t permitted = 0;
  std::uint64_t inheritable = 0;
};

constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }
constexpr std::uint32_t low(std::uint64_t set) { return static_cast<std::uint32_t>(set); }
constexpr std::uint32_t high(std::uint64_t set) { return static_cast<std::uint32_t>(set >> 32); }
constexpr std::uint64_t joined(std::uint32_t low_half, std::uint32_t high_half) {
  return std::uint64_t{high_half} << 32 | low_half;
}

constexpr __user_cap_header_struct kThisThread{_LINUX_CAPABILITY_VERSION_3, 0};

Capabilities capabilities() {
  __user_cap_header_struct header = kThisThread;
  std::array<__user_cap_data_struct, 2> halves{};
  syscall(SYS_capget, &header, halves.data());
  return {joined(halves[0].effective, halves[1].effective),
          joined(halves[0].permitted, halves[1].permitted),
          joined(halves[0].inheritable, halves[1].inheritable)};
}

bool set(const Capabilities& to) {
  __user_cap_header_struct header = kThisThread;
  const std::array<__user_cap_data_struct, 2> halves{
      {{low(to.effective), low(to.permitted), low(to.inheritable)},
       {high(to.effective), high(to.permitted), high(to.inheritable)}}};
  return syscall(SYS_capset, &header, halves.data()) == 0;
}

/// Calls visit(number) for each that this kernel knows.
template <class Visit>
void for_each_capability(Visit visit) {
  for (int number = 0; prctl(PR_CAPBSET_READ, number) >= 0; ++number) visit(number);
}

void pass_on_none() { prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); }

std::uint64_t capabilities_for(Needs needs) {
  return bit(CAP_NET_BIND_SERVICE) | (needs == Needs::LowPorts ? 0 : bit(CAP_NET_ADMIN));
}

// --- The user

struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

Expected<User> find_user(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> memory(std::size_t{1} << 16);
  const int error = getpwnam_r(name.c_str(), &entry, memory.data(), memory.size(), &found);
  if (error != 0) return common::fail_errno("process.user: cannot look up '" + name + "'", error);
  if (found == nullptr) {
    return common::fail(ErrorCode::NotFound,
                        "process.user: there is no user '" + name + "'; add it (useradd --system " +
                            name + ") or name another");
  }
  return User{name, entry.pw_uid, entry.pw_gid};
}

/// The bounding set goes first, as that takes root.
void bound(std::uint64_t to) {
  for_each_capability([to](int number) {
    if ((to & bit(number)) == 0) prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
  });
}

Expected<void> become(const User& user) {
  const auto failed = [&user] {
    return common::fail_errno("process.user: cannot become '" + user.name + "'", errno);
  };
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return failed();
  if (initgroups(user.name.c_str(), user.gid) != 0) return failed();
  if (setresgid(user.gid, user.gid, user.gid) != 0) return failed();
  if (setresuid(user.uid, user.uid, user.uid) != 0) return failed();
  if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return failed();  // A crash may leave a core.
  return {};
}

/// A file that is written by putting a new one in its place needs its directory.
Expected<void> check_directory(const User& user, const char* option, const std::string& file) {
  if (file.empty()) return {};
  const fs::path directory = fs::absolute(file).parent_path();
  if (access(directory.c_str(), W_OK | X_OK) == 0) return {};
  return common::fail(ErrorCode::NotPermitted,
                      std::string(option) + ": user '" + user.name +
                          "' of process.user cannot write in " + directory.string() +
                          "; make it (install -d -o " + user.name + " " + directory.string() +
                          ") or choose another");
}

Expected<void> check_file(const User& user, const char* option, const std::string& file) {
  if (file.empty() || access(file.c_str(), R_OK) == 0 || errno == ENOENT) return {};
  return common::fail(ErrorCode::NotPermitted,
                      std::string(option) + ": user '" + user.name +
                          "' of process.user cannot read " + file + "; chown " + user.name + " " +
                          file);
}

Expected<void> check_paths(const User& user, const config::Settings& settings) {
  const std::string& state = settings.state.path;
  const std::string& gate = settings.process.handover_path;
  if (auto good = check_directory(user, "state.path", state); !good) return good;
  if (auto good = check_file(user, "state.path", state); !good) return good;
  return check_directory(user, "process.handover_path", gate);
}

}  // namespace

Expected<void> drop_privileges(const config::Settings& settings, Needs needs) {
  pass_on_none();
  if (settings.process.user.empty()) return {};
  const auto user = find_user(settings.process.user);
  if (!user) return tl::unexpected(user.error());
  const bool is_another = user->uid != geteuid();
  if (is_another && geteuid() != 0) {
    return common::fail(ErrorCode::NotPermitted,
                        "process.user: only root can become '" + user->name +
                            "'; start as root or as that user, or leave it out");
  }
  const std::uint64_t kept = capabilities_for(needs) & capabilities().permitted;
  bound(capabilities_for(needs));
  if (is_another) {
    if (auto became = become(*user); !became) return became;
  }
  if (!set({.effective = kept, .permitted = kept, .inheritable = kept})) {
    return common::fail_errno("process.user: cannot give up capabilities", errno);
  }
  return check_paths(*user, settings);
}

PassedOnCapabilities::PassedOnCapabilities() {
  if (geteuid() == 0) return;  // Root's programs get what its bounding set has.
  Capabilities own = capabilities();
  own.inheritable = own.permitted;
  set(own);
  for_each_capability([&own](int number) {
    if ((own.permitted & bit(number)) != 0) {
      prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0);
    }
  });
}

PassedOnCapabilities::~PassedOnCapabilities() { pass_on_none(); }

}  // namespace signpost
