#ifndef CORE_METRICS_ATOMIC_FILE_H_
#define CORE_METRICS_ATOMIC_FILE_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vagram {

// Replaces the file `path` by one with this content: readers see the old one or the new one, never
// a part, also after a crash (temporary file beside it, fsync, rename, fsync of the folder).
//   RESOURCE_EXHAUSTED: disk full.   FAILED_PRECONDITION: the folder cannot be written.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view content,
                                 mode_t mode = 0644);

// Adds to the end of an existing file in one write, which a crash may cut short.
absl::Status AppendToFile(const std::string& path, absl::string_view content);

}  // namespace vagram

#endif  // CORE_METRICS_ATOMIC_FILE_H_
