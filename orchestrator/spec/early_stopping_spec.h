#ifndef ORCHESTRATOR_SPEC_EARLY_STOPPING_SPEC_H_
#define ORCHESTRATOR_SPEC_EARLY_STOPPING_SPEC_H_

#include "core/yaml/faults.h"
#include "core/yaml/yaml_tree.h"
#include "orchestrator/early_stopping.h"
#include "proto/spec.pb.h"

namespace vagram {

// Reads the value of `early_stopping`, with defaults for what it leaves out; first_rung has none.
EarlyStopping ReadEarlyStopping(const YamlNode& value, Faults* faults);

// Whether a trial shows something at rungs, can be stopped there and go on; `at`: of
// `early_stopping`.
void CheckEarlyStopping(const EarlyStopping& early_stopping, const v1::TrialConfig& config,
                        const Position& at, Faults* faults);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_EARLY_STOPPING_SPEC_H_
