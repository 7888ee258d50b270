// Runs the conformance suite on the example of a task from a shared library.
#include "core/env/conformance.h"

namespace vagram {
namespace {

ConformanceCase Lander() {
  ConformanceCase lander{"Lander", {}};
  lander.spec.plugin = "examples/plugin/lander.so";
  return lander;
}

INSTANTIATE_TEST_SUITE_P(Plugin, Conformance, testing::Values(Lander()), CaseName);

}  // namespace
}  // namespace vagram
