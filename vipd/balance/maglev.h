#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vipd {

/// Builds a Maglev lookup table.
///
/// names  one hash per backend, equal wherever the same table is wanted; at least one, all
/// different Returns indexes into `names`, each as often as the others give or take one percent.
/// The size is a prime of at least a hundred entries per backend, as far as kLargest goes. Cost:
/// about size x log(size) steps. Source: Eisenbud et al., "Maglev", NSDI 2016, section 3.4.
std::vector<std::uint32_t> build_maglev_table(std::span<const std::uint64_t> names);

}  // namespace vipd
