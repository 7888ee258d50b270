// Of a version of the interface in which nothing but the number's place is the same.
#include "core/env/plugin/task_plugin.h"

const vagram::plugin::Library* VagramPlugin() {
  static const struct {
    uint32_t interface_version;
    uint32_t other[64];
  } library = {vagram::plugin::kInterfaceVersion + 1, {0xffffffff, 1, 1, 1, 1}};
  return reinterpret_cast<const vagram::plugin::Library*>(&library);
}
