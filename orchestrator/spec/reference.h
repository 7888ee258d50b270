#ifndef ORCHESTRATOR_SPEC_REFERENCE_H_
#define ORCHESTRATOR_SPEC_REFERENCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

// Every key of the configuration with its type, default, admissible values and meaning, as Markdown
// tables, one per group, generated from the schema and the defaults.
std::string SpecReference();

// `page` with what stands between the reference's two marker lines replaced by SpecReference().
//   INVALID_ARGUMENT: the page lacks a marker.
absl::StatusOr<std::string> WithSpecReference(absl::string_view page);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_REFERENCE_H_
