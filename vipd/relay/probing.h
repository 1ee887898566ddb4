#pragma once

#include <cstddef>

namespace vipd {

/// Takes an entry out of a table with linear probing, whose size is `mask` + 1, a power of two, so
/// that no search ends too early: later entries move forward. Returns the place to be freed.
/// Source: Knuth, volume 3, section 6.4, algorithm R.
///
/// gap      where the entry stands
/// is_free  whether a place holds none
/// home_of  the place where the search for what a place holds begins
/// move     moves an entry from one place to another
template <class IsFree, class HomeOf, class Move>
std::size_t close_gap(
    std::size_t gap, std::size_t mask, IsFree is_free, HomeOf home_of, Move move) {
  for (std::size_t place = (gap + 1) & mask; !is_free(place); place = (place + 1) & mask) {
    if (((place - home_of(place)) & mask) < ((place - gap) & mask)) continue;
    move(place, gap);
    gap = place;
  }
  return gap;
}

}  // namespace vipd
