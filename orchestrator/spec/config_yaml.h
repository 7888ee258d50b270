#ifndef ORCHESTRATOR_SPEC_CONFIG_YAML_H_
#define ORCHESTRATOR_SPEC_CONFIG_YAML_H_

#include <string>

#include "proto/spec.pb.h"

namespace vagram {

// The whole configuration as YAML: every field in the order of the schema, unset optional ones as
// null. Read as the `base` of an experiment file it gives the same configuration, bit for bit.
std::string TrialConfigToYaml(const v1::TrialConfig& config);

// The shortest decimal that reads back as the same double, such as 0.0003 or 1e-08.
std::string ShortestDouble(double value);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_CONFIG_YAML_H_
