#pragma once

#include "minimarathon/app.h"
#include "minimarathon/app_fields.h"

namespace minimarathon {

/// Health and readiness checks, and their normal form with every default written out.
struct AppChecks {
  std::vector<HealthCheck> health;
  std::optional<ReadinessCheck> readiness;
  boost::json::array health_documents;
  boost::json::array readiness_documents;
};

/// `ports` decide which index a readiness check's port name means.
AppChecks read_checks(const Fields& app, const std::vector<AppPort>& ports);

}  // namespace minimarathon
