#ifndef CORE_CHECKPOINT_FILE_NAMES_H_
#define CORE_CHECKPOINT_FILE_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace vagram {

// The files in a checkpoint folder. Every attempt to publish a checkpoint takes the next number, so
// that no attempt touches the files of another; only CURRENT is ever replaced.
//   CURRENT                      the name of the newest manifest
//   manifest-NUMBER.json
//   part-NUMBER-NAME
//   log-NUMBER-NAME-FIRST_INDEX  a segment
//   *.tmp                        one of these, being written

inline constexpr char kCurrentFile[] = "CURRENT";
inline constexpr char kTemporarySuffix[] = ".tmp";
inline constexpr int64_t kMaxFileNumber = 999'999'999'999'999;  // 15 digits

// A part's or a log's name: 1 to 64 of a-z A-Z 0-9 _ -
bool IsValidName(absl::string_view name);

std::string ManifestFile(int64_t number);
std::string PartFile(int64_t number, absl::string_view name);
std::string SegmentFile(int64_t number, absl::string_view log, int64_t first_index);

// The number in the name of a manifest; nothing for any other file.
std::optional<int64_t> ManifestNumber(absl::string_view file);

// The number in the name of a manifest, part or segment, or of one that is being written; 0 for
// CURRENT; nothing for a file that is none of ours.
std::optional<int64_t> FileNumber(absl::string_view file);

}  // namespace vagram

#endif  // CORE_CHECKPOINT_FILE_NAMES_H_
