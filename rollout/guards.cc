#include "rollout/guards.h"

#include <fmt/core.h>

namespace rollout {
namespace {

/// Times that differ by less tell nothing.
constexpr double kSameSeconds = 0.01;

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Of sessions. More may be answered than began, as some began before the counts did.
double unanswered(const Figures& figures) {
  return figures.answered >= figures.sessions ? 0 : 1 - share(figures.answered, figures.sessions);
}

double mean(const Figures& figures) {
  return figures.answered == 0 ? 0 : figures.answer_seconds / static_cast<double>(figures.answered);
}

double percent(double share) { return 100 * share; }

std::optional<std::string> too_many_failing(const Guards& guards, const Figures& fresh) {
  if (fresh.backends > 0 && share(fresh.failing, fresh.backends) <= guards.failing &&
      fresh.failing < fresh.backends) {
    return std::nullopt;
  }
  return fmt::format(
      "{} of its {} backends pass their checks", fresh.backends - fresh.failing, fresh.backends);
}

std::optional<std::string> too_many_errors(const Guards& guards,
                                           const Figures& fresh,
                                           const Figures& old) {
  const double ours = share(fresh.failures, fresh.attempts);
  const double theirs = share(old.failures, old.attempts);
  if (ours <= theirs + guards.errors) return std::nullopt;
  return fmt::format(
      "{:.1f} % of {} connections failed or were reset before the first byte, "
      "{:.1f} % of the old pool's",
      percent(ours),
      fresh.attempts,
      percent(theirs));
}

std::optional<std::string> too_many_unanswered(const Guards& guards,
                                               const Figures& fresh,
                                               const Figures& old) {
  const double ours = unanswered(fresh);
  const double theirs = unanswered(old);
  if (ours <= theirs + guards.unanswered) return std::nullopt;
  return fmt::format("{:.1f} % of {} sessions got no answer, {:.1f} % of the old pool's",
                     percent(ours),
                     fresh.sessions,
                     percent(theirs));
}

std::optional<std::string> too_slow(const Guards& guards,
                                    const Figures& fresh,
                                    const Figures& old) {
  if (fresh.answered < guards.least || old.answered < guards.least) return std::nullopt;
  if (mean(fresh) <= guards.slower * mean(old) + kSameSeconds) return std::nullopt;
  return fmt::format("the first byte took {:.1f} ms, {:.1f} ms with the old pool",
                     1e3 * mean(fresh),
                     1e3 * mean(old));
}

}  // namespace

std::optional<std::string> breach(const Guards& guards, const Figures& fresh, const Figures& old) {
  if (auto reason = too_many_failing(guards, fresh)) return reason;
  if (!is_conclusive(guards, fresh)) return std::nullopt;
  if (auto reason = too_many_errors(guards, fresh, old)) return reason;
  if (auto reason = too_many_unanswered(guards, fresh, old)) return reason;
  return too_slow(guards, fresh, old);
}

bool is_conclusive(const Guards& guards, const Figures& fresh) {
  return fresh.attempts >= guards.least;
}

}  // namespace rollout
