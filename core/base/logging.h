#ifndef CORE_BASE_LOGGING_H_
#define CORE_BASE_LOGGING_H_

// The one logging facade: glog's macros (LOG, CHECK, VLOG), which LibTorch brings into the process
// already. Events are `name key=value ...`; nothing is logged per step.
#include <glog/logging.h>

#include "absl/strings/string_view.h"

namespace vagram {

// Logs to stderr, one line per event, from `INFO` up. Call once, first thing in main.
void InitLogging(const char* program);

}  // namespace vagram

#endif  // CORE_BASE_LOGGING_H_
