#include "orchestrator/spec/reference.h"

#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/spec/schema.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TEST(SpecReference, NamesEveryKeyAndExplainsIt) {
  const std::string reference = SpecReference();
  for (const std::string& key : AllKeys()) {
    EXPECT_FALSE(RuleOf(*FindField(key)).doc().empty()) << key;
    EXPECT_THAT(reference, HasSubstr("`" + key + "`"));
  }
  EXPECT_THAT(reference, HasSubstr("| `sac.discount` | number | `0.99` | at least 0 and at most 1 "
                                   "| gamma |\n"));
}

TEST(SpecReference, StandsInTheDocumentation) {
  std::ostringstream page;
  page << std::ifstream("docs/experiment_file.md").rdbuf();
  EXPECT_THAT(WithSpecReference(page.str()), IsOkAndHolds(page.str()))
      << "run: bazel run //orchestrator/spec:reference";
}

TEST(SpecReference, IsRefusedAPageWithoutMarkers) {
  EXPECT_THAT(WithSpecReference("# A page\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("begin generated")));
}

}  // namespace
}  // namespace vagram
