// Refers to a function that nobody has.
#include "core/env/plugin/task_plugin.h"

extern "C" const vagram::plugin::Library* FunctionThatNobodyHas();

const vagram::plugin::Library* VagramPlugin() { return FunctionThatNobodyHas(); }
