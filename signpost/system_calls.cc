#include "signpost/system_calls.h"

#include <linux/sched.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace signpost {
namespace {

using common::ErrorCode;
using common::Expected;

/// What only debuggers, administrators' tools and container runtimes call, and what kernels were
/// broken by most often.
constexpr std::array kNeverNeeded{// other processes, and their memory
                                  SCMP_SYS(ptrace),
                                  SCMP_SYS(process_vm_readv),
                                  SCMP_SYS(process_vm_writev),
                                  SCMP_SYS(kcmp),
                                  SCMP_SYS(pidfd_getfd),
                                  // file systems
                                  SCMP_SYS(mount),
                                  SCMP_SYS(umount2),
                                  SCMP_SYS(pivot_root),
                                  SCMP_SYS(chroot),
                                  SCMP_SYS(move_mount),
                                  SCMP_SYS(open_tree),
                                  SCMP_SYS(fsopen),
                                  SCMP_SYS(fsconfig),
                                  SCMP_SYS(fsmount),
                                  SCMP_SYS(fspick),
                                  SCMP_SYS(mount_setattr),
                                  SCMP_SYS(open_by_handle_at),
                                  SCMP_SYS(fanotify_init),
                                  SCMP_SYS(quotactl),
                                  SCMP_SYS(acct),
                                  SCMP_SYS(swapon),
                                  SCMP_SYS(swapoff),
                                  // namespaces
                                  SCMP_SYS(unshare),
                                  SCMP_SYS(setns),
                                  // the kernel
                                  SCMP_SYS(bpf),
                                  SCMP_SYS(perf_event_open),
                                  SCMP_SYS(userfaultfd),
                                  SCMP_SYS(io_uring_setup),
                                  SCMP_SYS(io_uring_enter),
                                  SCMP_SYS(io_uring_register),
                                  SCMP_SYS(init_module),
                                  SCMP_SYS(finit_module),
                                  SCMP_SYS(delete_module),
                                  SCMP_SYS(kexec_load),
                                  SCMP_SYS(kexec_file_load),
                                  SCMP_SYS(add_key),
                                  SCMP_SYS(request_key),
                                  SCMP_SYS(syslog),
                                  SCMP_SYS(reboot),
                                  SCMP_SYS(iopl),
                                  SCMP_SYS(ioperm),
                                  SCMP_SYS(modify_ldt),
                                  SCMP_SYS(personality),
                                  SCMP_SYS(vhangup),
                                  // the host's clock and name
                                  SCMP_SYS(settimeofday),
                                  SCMP_SYS(clock_settime),
                                  SCMP_SYS(adjtimex),
                                  SCMP_SYS(clock_adjtime),
                                  SCMP_SYS(sethostname),
                                  SCMP_SYS(setdomainname)};

constexpr std::array kPrograms{
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork)};

constexpr std::array<std::uint64_t, 7> kNewNamespaces{CLONE_NEWNS,
                                                      CLONE_NEWCGROUP,
                                                      CLONE_NEWUTS,
                                                      CLONE_NEWIPC,
                                                      CLONE_NEWUSER,
                                                      CLONE_NEWPID,
                                                      CLONE_NEWNET};

/// A call of keyctl(2) that exists only to recognise this filter by its answer.
constexpr long kMark = 0x5349474e;
constexpr int kMarked = ENOANO;

bool is_in_force() { return syscall(SYS_keyctl, kMark) == -1 && errno == kMarked; }

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};

/// Rules are collected, and the first that cannot be added is the error.
class Filter {
 public:
  Filter() : filter_(seccomp_init(SCMP_ACT_ALLOW)), error_(filter_ ? 0 : -ENOMEM) {
    // Calls by another ABI would pass by all rules.
    note(seccomp_attr_set(filter_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)));
  }

  void refuse(int call, int error = EPERM) {
    note(seccomp_rule_add(filter_.get(), SCMP_ACT_ERRNO(error), call, 0));
  }
  void refuse_if(int call, scmp_arg_cmp argument, int error = EPERM) {
    note(seccomp_rule_add_array(filter_.get(), SCMP_ACT_ERRNO(error), call, 1, &argument));
  }
  /// Zero, or a negative errno.
  int load() {
    if (error_ == 0) note(seccomp_load(filter_.get()));
    return error_;
  }

 private:
  void note(int result) {
    // A call that this architecture does not have needs no rule.
    if (error_ == 0 && result != -EDOM && result < 0) error_ = result;
  }

  std::unique_ptr<void, Release> filter_;
  int error_;
};

constexpr scmp_arg_cmp argument(unsigned int number,
                                scmp_compare how,
                                std::uint64_t one,
                                std::uint64_t two = 0) {
  return {number, how, one, two};
}

/// glibc falls back from clone3, whose flags no filter can see, to clone.
void refuse_new_processes(Filter& filter) {
  for (const int call : kPrograms) filter.refuse(call);
  filter.refuse_if(SCMP_SYS(clone), argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

void refuse_new_namespaces(Filter& filter) {
  for (const std::uint64_t flag : kNewNamespaces) {
    filter.refuse_if(SCMP_SYS(clone), argument(0, SCMP_CMP_MASKED_EQ, flag, flag));
  }
}

template <class Checks>
bool has_command(const Checks& checks) {
  return std::any_of(checks.begin(), checks.end(), [](const auto& one) {
    return one.second.kind == config::CheckKind::Command;
  });
}

}  // namespace

std::string needs_programs(const config::Settings& settings) {
  if (!settings.process.handover_path.empty()) return "process.handover_path";
  if (settings.probe.commands_in_labels) return "probe.commands_in_labels";
  if (has_command(settings.probe.checks)) return "a command of probe.checks";
  if (has_command(settings.probe.named)) return "a command of probe.named";
  return "";
}

Expected<void> refuse_system_calls(Programs programs) {
  if (is_in_force()) return {};
  Filter filter;
  for (const int call : kNeverNeeded) filter.refuse(call);
  filter.refuse_if(SCMP_SYS(keyctl), argument(0, SCMP_CMP_EQ, kMark), kMarked);
  filter.refuse_if(SCMP_SYS(keyctl), argument(0, SCMP_CMP_NE, kMark));
  filter.refuse(SCMP_SYS(clone3), ENOSYS);
  refuse_new_namespaces(filter);
  if (programs == Programs::Refused) refuse_new_processes(filter);
  const int error = filter.load();
  if (error == 0) return {};
  return common::fail_errno("process.seccomp: cannot refuse system calls", -error);
}

}  // namespace signpost
