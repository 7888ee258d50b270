#ifndef CORE_ENV_PLUGIN_CALL_PLUGIN_H_
#define CORE_ENV_PLUGIN_CALL_PLUGIN_H_

#include <exception>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/env/plugin/task_plugin.h"

namespace vagram {

// Calls a plug-in's code, which gives a plugin::Error.   INTERNAL: it failed, or threw: our code is
// not to be unwound by exceptions. The message begins with `what`.
template <typename Code>
absl::Status CallPlugin(absl::string_view what, Code&& code) {
  try {
    const plugin::Error error = std::forward<Code>(code)();
    if (error == nullptr) return absl::OkStatus();
    return absl::InternalError(absl::StrCat(what, " failed: ", error));
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat(what, " threw an exception: ", e.what()));
  } catch (...) {
    return absl::InternalError(absl::StrCat(what, " threw an exception of an unknown type"));
  }
}

}  // namespace vagram

#endif  // CORE_ENV_PLUGIN_CALL_PLUGIN_H_
