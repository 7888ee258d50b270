// Runs the conformance suite on the example of a task from a shared library.
#include "core/env/conformance.h"

namespace vagram {
namespace {

ConformanceCase Lander() {
  ConformanceCase lander{"Lander", {}};
  lander.spec.plugin = "examples/plugin/lander.so";
  return lander;
}

ConformanceCase DistractedLander() {
  ConformanceCase lander = Lander();
  lander.name = "LanderWithDistractors";
  lander.spec.distractors.emplace().dims = 3;
  return lander;
}

INSTANTIATE_TEST_SUITE_P(Plugin, Conformance, testing::Values(Lander(), DistractedLander()),
                         CaseName);

}  // namespace
}  // namespace vagram
