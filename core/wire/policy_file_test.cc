#include "core/wire/policy_file.h"

#include <fstream>
#include <iterator>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/proto_matchers.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

v1::PolicyFile SomePolicy() {
  v1::PolicyFile policy;
  policy.set_trial_id("3/0");
  policy.mutable_config()->mutable_env()->set_id("Hopper-v4");
  policy.mutable_env()->set_id("Hopper-v4");
  policy.mutable_env()->set_obs_dim(11);
  policy.mutable_env()->set_act_dim(3);
  policy.mutable_policy()->mutable_actor()->mutable_values()->set_data(std::string(1000, 'w'));
  policy.set_step(5000);
  policy.set_return_mean(812.5);
  return policy;
}

std::string Path(const std::string& name) { return ::testing::TempDir() + name; }

std::string Bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(PolicyFileTest, ComesBackAsItWas) {
  const std::string path = Path("whole.policy");
  ASSERT_THAT(WritePolicyFile(path, SomePolicy()), IsOk());
  const auto read = ReadPolicyFile(path);
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(*read, EqualsProto(SomePolicy()));
}

TEST(PolicyFileTest, AnyCutIsNoticed) {
  const std::string whole = Path("whole.policy"), cut = Path("cut.policy");
  ASSERT_THAT(WritePolicyFile(whole, SomePolicy()), IsOk());
  const std::string bytes = Bytes(whole);
  for (size_t size = 8; size < bytes.size(); size += 13) {
    Write(cut, bytes.substr(0, size));
    EXPECT_THAT(ReadPolicyFile(cut).status(),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("cut short")))
        << size;
  }
  Write(cut, bytes + "x");
  EXPECT_THAT(ReadPolicyFile(cut).status(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(PolicyFileTest, AChangedByteIsNoticed) {
  const std::string path = Path("changed.policy");
  ASSERT_THAT(WritePolicyFile(path, SomePolicy()), IsOk());
  std::string bytes = Bytes(path);
  bytes[bytes.size() / 2] ^= 1;
  Write(path, bytes);
  EXPECT_THAT(ReadPolicyFile(path).status(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("checksum")));
}

TEST(PolicyFileTest, WhatIsNoPolicyFileIsRefused) {
  Write(Path("text.policy"), "hello, this is text");
  EXPECT_THAT(ReadPolicyFile(Path("text.policy")).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no policy file")));
  Write(Path("empty.policy"), "");
  EXPECT_THAT(ReadPolicyFile(Path("empty.policy")).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadPolicyFile(Path("absent.policy")).status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("absent.policy")));
}

TEST(PolicyFileTest, OnlyFitsTheTaskItWasTrainedOn) {
  Task task = **FindTask("Hopper-v4");
  EXPECT_THAT(CheckPolicyFits(SomePolicy(), task), IsOk());
  task.obs_dim = 21;
  EXPECT_THAT(CheckPolicyFits(SomePolicy(), task),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has 21 and 3 now")));
  EXPECT_THAT(CheckPolicyFits(SomePolicy(), **FindTask("Pendulum-v1")),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("trained on Hopper-v4, not on Pendulum-v1")));
}

}  // namespace
}  // namespace vagram
