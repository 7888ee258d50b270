#ifndef ORCHESTRATOR_ANALYSIS_CONFIG_VALUES_H_
#define ORCHESTRATOR_ANALYSIS_CONFIG_VALUES_H_

#include <map>
#include <string>

#include "proto/spec.pb.h"

namespace vagram::analysis {

// A configuration as an experiment file would name it, such as "model.loss" -> "vagram"; lists as
// "[200, 200]". Unset optional fields and messages, bytes and lists of messages are left out.
std::map<std::string, std::string> ConfigValues(const v1::TrialConfig& config);

}  // namespace vagram::analysis

#endif  // ORCHESTRATOR_ANALYSIS_CONFIG_VALUES_H_
