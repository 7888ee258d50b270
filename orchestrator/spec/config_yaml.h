#ifndef ORCHESTRATOR_SPEC_CONFIG_YAML_H_
#define ORCHESTRATOR_SPEC_CONFIG_YAML_H_

#include <string>

#include "absl/strings/string_view.h"
#include "proto/spec.pb.h"

namespace vagram {

// The whole configuration as YAML: every field in the order of the schema, unset optional ones as
// null. Read as the `base` of an experiment file it gives the same configuration, bit for bit.
std::string TrialConfigToYaml(const v1::TrialConfig& config);

// The value of one key that is no group, written as there.
std::string ValueToYaml(const v1::TrialConfig& config, absl::string_view key);

// The shortest decimal that reads back as the same double, such as 0.0003 or 1e-08.
std::string ShortestDouble(double value);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_CONFIG_YAML_H_
