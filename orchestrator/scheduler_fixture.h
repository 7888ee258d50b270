#ifndef ORCHESTRATOR_SCHEDULER_FIXTURE_H_
#define ORCHESTRATOR_SCHEDULER_FIXTURE_H_

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "orchestrator/gang_plan.h"
#include "orchestrator/launcher/fake_launcher.h"
#include "orchestrator/scheduler.h"
#include "orchestrator/store/store.h"
#include "orchestrator/trial_results.h"
#include "orchestrator/video_queue.h"
#include "testing/fake_clock.h"
#include "testing/status_matchers.h"

namespace vagram {

// A scheduler over a real store in an empty folder, fake processes and a clock that stands still.
class SchedulerFixture : public ::testing::Test {
 protected:
  SchedulerFixture()
      : home_(absl::StrCat(::testing::TempDir(), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(home_);
    std::filesystem::create_directories(home_);
    options_.slots = 2;
    options_.bin_dir = "/bin_dir";
    options_.token_file = home_ + "/token";
  }

  ~SchedulerFixture() override {
    scheduler_.reset();
    results_.reset();
    store_.reset();
    std::filesystem::remove_all(home_);
  }

  // The orchestrator process starts, or is killed and started again: the processes stay.
  void Start() { StartOn(home_); }

  void StartOn(const std::string& home) {
    KillService();
    ASSERT_OK_AND_ASSIGN(store_, Store::Open(home + "/vagram.db", max_pages_));
    results_ = std::make_unique<TrialResults>(home, store_.get());
    ASSERT_OK_AND_ASSIGN(
        scheduler_,
        Scheduler::Create(options_, {store_.get(), &launcher_, results_.get(), &clock_, &videos_}));
    scheduler_->Start("127.0.0.1:7");
  }

  void KillService() {
    scheduler_.reset();
    results_.reset();
    store_.reset();
    launcher_.Restart();
  }

  // An experiment of that many trials; restarts and slots are per trial.
  int64_t Submit(int trials, int restarts = 3, int slots = 1, const std::string& algorithm = "mbpo",
                 int video = 0, int checkpoints = 0) {
    NewExperiment experiment;
    experiment.client_request_id = absl::StrCat("request ", ++requests_);
    experiment.name = "test";
    experiment.restarts = restarts;
    experiment.priority = priority_;
    experiment.fail_fast = fail_fast_;
    experiment.early_stopping = early_stopping_;
    for (int seed = 0; seed < trials; ++seed) {
      NewTrial trial;
      trial.config = base_;
      trial.config.set_algorithm(algorithm);
      trial.config.set_seed(seed);
      trial.config.mutable_evaluate()->set_video(video);
      if (checkpoints > 0) trial.config.mutable_checkpoint()->set_every_epochs(checkpoints);
      trial.config.mutable_resources()->set_slots(slots);
      trial.config.mutable_resources()->mutable_threads()->set_learner(2);
      experiment.trials.push_back(trial);
    }
    const auto submission = scheduler_->Submit(experiment);
    EXPECT_OK(submission);
    return submission.ok() ? submission->experiment : 0;
  }

  // One trial whose workers have all registered.
  TrialId RunningTrial(int restarts = 3) {
    const TrialId id{Submit(1, restarts), 0};
    scheduler_->Tick();
    RegisterAll(id, 1);
    EXPECT_EQ(Get(id).state(), v1::RUNNING);
    return id;
  }

  // The clock goes on in steps, as the service's loop sees it.
  void Pass(absl::Duration duration) {
    const absl::Time end = clock_.Now() + duration;
    while (clock_.Now() < end) {
      clock_.Advance(absl::Seconds(1));
      scheduler_->Tick();
    }
  }

  // As Pass, while the workers of that attempt are alive and the trial is RUNNING or STALLED.
  void PassAlive(const TrialId& id, int64_t attempt, absl::Duration duration) {
    const absl::Time end = clock_.Now() + duration;
    while (clock_.Now() < end) {
      for (const v1::Role role : {v1::LEARNER, v1::MODEL_SERVER, v1::ACTOR}) {
        ASSERT_OK(scheduler_->Heartbeat(HeartbeatOf(id, attempt, role)));
      }
      Pass(absl::Seconds(1));
    }
  }

  v1::Trial Get(const TrialId& id) {
    if (std::optional<v1::Trial> live = scheduler_->Find(id)) return *live;
    const auto record = store_->GetTrial(id);
    EXPECT_OK(record);
    return record.ok() ? record->trial : v1::Trial();
  }

  v1::RegisterRequest RegisterOf(const TrialId& id, int64_t attempt, v1::Role role,
                                 const std::string& address = "127.0.0.1:9") {
    v1::RegisterRequest request;
    request.set_trial_id(id.ToString());
    request.set_attempt(attempt);
    request.set_role(role);
    request.set_address(address);
    return request;
  }

  // What a worker is answered that says it was told to end: whether to stop.
  absl::StatusOr<bool> Leave(const TrialId& id, int64_t attempt, v1::Role role) {
    v1::HeartbeatRequest request = HeartbeatOf(id, attempt, role);
    request.set_leaving(true);
    return scheduler_->Heartbeat(request);
  }

  // The learner's word of its progress.
  absl::Status Progress(const TrialId& id, int64_t attempt, int64_t step, int64_t work = 0) {
    v1::HeartbeatRequest request = HeartbeatOf(id, attempt, v1::LEARNER);
    request.mutable_progress()->set_step(step);
    request.mutable_progress()->set_work(work);
    request.mutable_progress()->set_activity("training the model");
    return scheduler_->Heartbeat(request).status();
  }

  v1::HeartbeatRequest HeartbeatOf(const TrialId& id, int64_t attempt, v1::Role role) {
    v1::HeartbeatRequest request;
    request.set_trial_id(id.ToString());
    request.set_attempt(attempt);
    request.set_role(role);
    return request;
  }

  void RegisterAll(const TrialId& id, int64_t attempt) {
    for (const v1::Role role : {v1::LEARNER, v1::MODEL_SERVER, v1::ACTOR}) {
      EXPECT_OK(scheduler_->Register(RegisterOf(id, attempt, role)));
    }
  }

  absl::Status Finish(const TrialId& id, int64_t attempt, bool succeeded,
                      const std::string& reason = "") {
    v1::FinishTrialRequest request;
    request.set_trial_id(id.ToString());
    request.set_attempt(attempt);
    request.set_succeeded(succeeded);
    request.set_reason(reason);
    return scheduler_->FinishTrial(request);
  }

  // Pid of the one running process of that name.
  int64_t Pid(const std::string& worker) {
    const std::vector<int64_t> pids = launcher_.running(worker);
    EXPECT_EQ(pids.size(), 1u) << worker;
    return pids.empty() ? 0 : pids[0];
  }

  const std::string home_;
  Scheduler::Options options_;
  FakeClock clock_;
  FakeLauncher launcher_;
  VideoQueue videos_{{"/bin_dir/actor/render"}, &launcher_, &clock_};
  std::unique_ptr<Store> store_;
  std::unique_ptr<TrialResults> results_;
  std::unique_ptr<Scheduler> scheduler_;
  v1::TrialConfig base_;  // of the trials to be submitted
  int priority_ = 0;      // of the experiments to be submitted
  bool fail_fast_ = false;
  std::optional<EarlyStopping> early_stopping_;
  int64_t max_pages_ = 0;  // of the store that Start opens; 0: any
  int requests_ = 0;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_SCHEDULER_FIXTURE_H_
