#ifndef CORE_ENV_USER_TASK_XML_TAGS_H_
#define CORE_ENV_USER_TASK_XML_TAGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

// An opening or empty tag.
struct XmlTag {
  std::string name;
  std::map<std::string, std::string> attributes;  // as written: entities are not replaced
  int line = 0;                                   // from 1
};

// The tags of an XML text in their order; comments, closing tags and text are left out. Enough to
// see which files an MJCF file names; whether it is well-formed is the engine's to say.
//   INVALID_ARGUMENT: a tag or comment that does not end, or an attribute without quotes; names the
//   line.
absl::StatusOr<std::vector<XmlTag>> XmlTags(absl::string_view text);

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_XML_TAGS_H_
