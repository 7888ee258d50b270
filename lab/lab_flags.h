#ifndef LAB_LAB_FLAGS_H_
#define LAB_LAB_FLAGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "lab/evolution.h"
#include "lab/surface.h"

namespace vagram::lab {

// What `lab` is asked for: one of the figures, and how to make it.
struct LabFlags {
  bool evolution = false;  // else surface
  std::string out;         // the folder
  SurfaceOptions surface_options;
  EvolutionOptions evolution_options;
};

//   INVALID_ARGUMENT: a wrong command line; says what is wrong.
absl::StatusOr<LabFlags> ParseLabFlags(int argc, const char* const* argv);

}  // namespace vagram::lab

#endif  // LAB_LAB_FLAGS_H_
