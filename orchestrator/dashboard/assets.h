#ifndef ORCHESTRATOR_DASHBOARD_ASSETS_H_
#define ORCHESTRATOR_DASHBOARD_ASSETS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace vagram {

// A file of the page, which the build has put into the program.
struct Asset {
  absl::string_view content;
  std::string content_type;
  std::string tag;  // another one for other content, as an ETag wants it
};

// nullptr: there is no such file. `path` is that of the URL; "/" is the page itself.
const Asset* FindAsset(absl::string_view path);

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_ASSETS_H_
