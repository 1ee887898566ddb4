#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace minimarathon {

/// What apps and groups depend on, by id; both sides name apps or groups.
using Needs = std::map<std::string, std::vector<std::string>>;

/// The step of a deployment in which each app's turn comes: 0 for apps that need no other, else one
/// after the last of those it needs. An app needs what the groups around it need; who needs a group
/// needs every app in it. Nothing when apps need one another in a circle. Pure.
/// Source: Marathon's DeploymentPlan.dependencyOrderedSteps.
std::optional<std::map<std::string, std::size_t>> rank_by_dependencies(
    const std::vector<std::string>& apps, const Needs& needs);

}  // namespace minimarathon
