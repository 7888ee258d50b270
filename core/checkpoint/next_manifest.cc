#include "core/checkpoint/next_manifest.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

absl::StatusOr<ManifestLog> NextLog(const std::string& name, const ManifestLog& base,
                                    int64_t number, const LogInput& input) {
  if (input.first_index < base.first_index) {
    return absl::InvalidArgumentError(
        absl::StrCat("log ", name, " begins at ", input.first_index, ", expected at least ",
                     base.first_index, ": rows before it were dropped by the checkpoint before"));
  }
  // A log that has moved on past all that is stored goes on from its beginning.
  ManifestLog next = {input.first_index, std::max(base.end_index, input.first_index), {}};
  for (const ManifestSegment& segment : base.segments) {
    if (segment.end_index > input.first_index) next.segments.push_back(segment);
  }
  for (const LogSegment& segment : input.new_segments) {
    if (segment.first_index != next.end_index || segment.end_index <= segment.first_index) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a new segment of log ", name, " has rows [", segment.first_index, ", ",
          segment.end_index, "), expected at least one, from row ", next.end_index,
          " on: the larger of where the stored log ends and where the input's begins"));
    }
    next.segments.push_back(
        {number, segment.first_index, segment.end_index, DigestOf(segment.bytes)});
    next.end_index = segment.end_index;
  }
  return next;
}

}  // namespace

absl::StatusOr<Manifest> NextManifest(const Manifest& base, int64_t number,
                                      const CheckpointInput& input) {
  if (input.id < base.id) {
    return absl::InvalidArgumentError(
        absl::StrCat("the checkpoint's id is ", input.id, ", expected at least ", base.id,
                     base.id < 0 ? "" : ", the id of the checkpoint last published or restored"));
  }
  Manifest next;
  next.id = input.id;
  next.number = number;
  for (const auto& [name, bytes] : input.parts) next.parts[name] = DigestOf(bytes);
  for (const auto& [name, log] : input.logs) {
    const auto found = base.logs.find(name);
    const ManifestLog before = found == base.logs.end() ? ManifestLog() : found->second;
    ASSIGN_OR_RETURN(next.logs[name], NextLog(name, before, number, log));
  }
  RETURN_IF_ERROR(CheckManifest(next));
  return next;
}

}  // namespace vagram
