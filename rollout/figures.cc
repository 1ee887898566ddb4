#include "rollout/figures.h"

namespace rollout {
namespace {

/// Counts of pools that were forgotten meanwhile begin anew.
template <class Number>
Number grown(Number now, Number before) {
  return now < before ? now : now - before;
}

}  // namespace

Figures Figures::since(const Figures& start) const {
  Figures grown_by = *this;
  grown_by.attempts = grown(attempts, start.attempts);
  grown_by.failures = grown(failures, start.failures);
  grown_by.sessions = grown(sessions, start.sessions);
  grown_by.answered = grown(answered, start.answered);
  grown_by.answer_seconds = grown(answer_seconds, start.answer_seconds);
  return grown_by;
}

}  // namespace rollout
