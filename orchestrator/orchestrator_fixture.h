#ifndef ORCHESTRATOR_ORCHESTRATOR_FIXTURE_H_
#define ORCHESTRATOR_ORCHESTRATOR_FIXTURE_H_

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/rpc/channel.h"
#include "core/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/launcher/fake_launcher.h"
#include "orchestrator/orchestrator.h"
#include "testing/eventually.h"
#include "testing/status_matchers.h"

// The whole service in this process: real store, files and gRPC; only the workers are fake.
namespace vagram {

inline constexpr absl::Duration kPatience = absl::Seconds(60);

class OrchestratorTest : public ::testing::Test {
 protected:
  OrchestratorTest()
      : home_(absl::StrCat(::testing::TempDir(), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(home_);
    options_.home = home_;
    options_.bin_dir = "/bin_dir";
    options_.scheduler.slots = 2;
  }
  ~OrchestratorTest() override {
    orchestrator_.reset();
    std::filesystem::remove_all(home_);
  }

  void Start() {
    stop_ = std::make_unique<Stop>();
    ASSERT_OK_AND_ASSIGN(orchestrator_,
                         Orchestrator::Start(options_, &launcher_, Clock::Real(), stop_.get()));
    endpoint_ = {orchestrator_->address(), orchestrator_->token()};
    experiments_ = v1::Experiments::NewStub(MakeChannel(endpoint_));
    workers_ = v1::Workers::NewStub(MakeChannel(endpoint_));
  }

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    const auto context = MakeContext(endpoint_, kPatience);
    Response response;
    RETURN_IF_ERROR(FromGrpcStatus((stub.*method)(context.get(), request, &response)));
    return response;
  }

  absl::StatusOr<v1::SubmitResponse> Submit(const std::string& request_id, int seeds = 1) {
    v1::SubmitRequest request;
    request.set_client_request_id(request_id);
    request.set_spec_file("test.yaml");
    request.set_spec_yaml(absl::StrCat(
        "name: test\nbase: {env: {id: Hopper-v4}, algorithm: sac}\nseeds: ", seeds, "\n"));
    return Call(*experiments_, &v1::Experiments::Stub::Submit, request);
  }

  absl::StatusOr<v1::Experiment> Get(const std::string& id) {
    v1::GetExperimentRequest request;
    request.set_id(id);
    return Call(*experiments_, &v1::Experiments::Stub::GetExperiment, request);
  }

  absl::Status Register(const std::string& trial, int64_t attempt, v1::Role role) {
    v1::RegisterRequest request;
    request.set_trial_id(trial);
    request.set_attempt(attempt);
    request.set_role(role);
    request.set_address("127.0.0.1:9");
    return Call(*workers_, &v1::Workers::Stub::Register, request).status();
  }

  // Until the trial's gang is launched and has registered.
  void MakeRunning(const std::string& trial, int64_t attempt = 1) {
    ASSERT_TRUE(Eventually(kPatience, [&] {
      const auto experiment = Get(trial);
      return experiment.ok() && experiment->trials(0).attempt() == attempt &&
             experiment->trials(0).workers_size() == 2;
    }));
    ASSERT_OK(Register(trial, attempt, v1::LEARNER));
    ASSERT_OK(Register(trial, attempt, v1::ACTOR));
  }

  absl::Status Finish(const std::string& trial, int64_t attempt) {
    v1::FinishTrialRequest request;
    request.set_trial_id(trial);
    request.set_attempt(attempt);
    request.set_succeeded(true);
    return Call(*workers_, &v1::Workers::Stub::FinishTrial, request).status();
  }

  const std::string home_;
  Orchestrator::Options options_;
  FakeLauncher launcher_;
  std::unique_ptr<Stop> stop_;
  Stop no_stop_;
  std::unique_ptr<Orchestrator> orchestrator_;
  Endpoint endpoint_;
  std::unique_ptr<v1::Experiments::Stub> experiments_;
  std::unique_ptr<v1::Workers::Stub> workers_;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_ORCHESTRATOR_FIXTURE_H_
