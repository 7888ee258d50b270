#ifndef ORCHESTRATOR_SPEC_CONSTRAINTS_H_
#define ORCHESTRATOR_SPEC_CONSTRAINTS_H_

#include "core/yaml/faults.h"
#include "orchestrator/spec/settings.h"

namespace vagram {

// Checks what no rule beside one field can: names from the catalogues, and fields that have to fit
// one another. Completes env.id ("Hopper" becomes "Hopper-v4"). A fault stands where the last of
// the keys concerned was set, at `whole` when none was.
void CheckTrial(const Position& whole, Settings* settings, Faults* faults);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_CONSTRAINTS_H_
