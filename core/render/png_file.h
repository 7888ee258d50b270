#ifndef CORE_RENDER_PNG_FILE_H_
#define CORE_RENDER_PNG_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/render/picture.h"

namespace vagram {

//   INVALID_ARGUMENT: the picture's bytes do not fit its size.   FAILED_PRECONDITION: the file
//   cannot be written; says why.
absl::Status WritePng(const std::string& path, const Picture& picture);

//   FAILED_PRECONDITION: the file cannot be read or is no PNG; says why.
absl::StatusOr<Picture> ReadPng(const std::string& path);

}  // namespace vagram

#endif  // CORE_RENDER_PNG_FILE_H_
