#ifndef ORCHESTRATOR_SPEC_CONSTRAINTS_H_
#define ORCHESTRATOR_SPEC_CONSTRAINTS_H_

#include <string>

#include "core/yaml/faults.h"
#include "orchestrator/spec/settings.h"

namespace vagram {

// The id of the task that goes by `name`, which may lack a version where only one exists: Hopper is
// Hopper-v4. Any other name is returned as it is.
std::string CompleteTaskId(const std::string& name);

// Checks what no rule beside one field can: names from the catalogues, and fields that have to fit
// one another. Completes env.id. A fault stands where the last of
// the keys concerned was set, at `whole` when none was.
void CheckTrial(const Position& whole, Settings* settings, Faults* faults);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_CONSTRAINTS_H_
