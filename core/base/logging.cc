#include "core/base/logging.h"

namespace vagram {

void InitLogging(const char* program) {
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(program);
}

}  // namespace vagram
