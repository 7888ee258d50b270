#include "core/worker/flags.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class FlagsTest : public ::testing::Test {
 protected:
  FlagsTest() : token_file_(absl::StrCat(::testing::TempDir(), "/token")) {
    std::ofstream(token_file_) << "secret\n";
  }

  static absl::StatusOr<WorkerFlags> Parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "worker");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    return ParseWorkerFlags(static_cast<int>(argv.size()), argv.data());
  }

  const std::string token_file_;
};

TEST_F(FlagsTest, ReadsTheCommandLine) {
  ASSERT_OK_AND_ASSIGN(const WorkerFlags flags,
                       Parse({"--orchestrator=127.0.0.1:7070", "--token_file=" + token_file_,
                              "--trial=3/0", "--attempt=2", "--index=1"}));
  EXPECT_EQ(flags.orchestrator.address, "127.0.0.1:7070");
  EXPECT_EQ(flags.orchestrator.token, "secret");
  EXPECT_EQ(flags.trial_id, "3/0");
  EXPECT_EQ(flags.attempt, 2);
  EXPECT_EQ(flags.index, 1);
}

TEST_F(FlagsTest, NamesEveryFault) {
  const auto flags = Parse({"--orchestrator=127.0.0.1:0", "--token_file=/no/such/file", "--trial",
                            "", "--attempt=0", "--index=-1"});
  EXPECT_THAT(flags,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("--orchestrator: port is 0"),
                             HasSubstr("--token_file: cannot read"), HasSubstr("--trial: is empty"),
                             HasSubstr("--attempt: is 0"), HasSubstr("--index: is -1"))));
  EXPECT_THAT(FieldFaults(flags.status()), SizeIs(5));
}

TEST_F(FlagsTest, ShowsTheUsage) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, {"--help"}, {"--unknown=1"}, {"--attempt=one"}}) {
    EXPECT_THAT(Parse(arguments),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("--orchestrator"), HasSubstr("--token_file"))));
  }
}

}  // namespace
}  // namespace vagram
