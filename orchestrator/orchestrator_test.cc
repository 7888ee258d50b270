// What users and workers are answered by the whole service.
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "orchestrator/orchestrator_fixture.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(OrchestratorTest, RunsASubmittedExperimentToItsEndWhileAClientWatches) {
  Start();
  ASSERT_OK_AND_ASSIGN(const v1::SubmitResponse submitted, Submit("r"));
  EXPECT_EQ(submitted.experiment().id(), "1");
  EXPECT_EQ(submitted.experiment().trials(0).config().env().id(), "Hopper-v4");

  std::vector<v1::Experiment> seen;
  absl::Status watched;
  std::thread watcher([&] {
    const auto context = MakeContext(endpoint_, kPatience);
    v1::GetExperimentRequest request;
    request.set_id("1");
    const auto reader = experiments_->WatchExperiment(context.get(), request);
    for (v1::Experiment experiment; reader->Read(&experiment);) seen.push_back(experiment);
    watched = FromGrpcStatus(reader->Finish());
  });
  MakeRunning("1/0");
  EXPECT_EQ(Get("1")->state(), v1::EXPERIMENT_RUNNING);
  v1::ReportMetricsRequest report;
  report.set_trial_id("1/0");
  report.set_attempt(1);
  v1::Metric& metric = *report.add_rows()->add_metrics();
  metric.set_name("evaluate/return_mean");
  metric.set_value(42);
  ASSERT_OK_AND_ASSIGN(const v1::ReportMetricsResponse stored,
                       Call(*workers_, &v1::Workers::Stub::ReportMetrics, report));
  EXPECT_EQ(stored.stored_rows(), 1);
  EXPECT_OK(Finish("1/0", 1));
  watcher.join();

  EXPECT_OK(watched);
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().state(), v1::EXPERIMENT_SUCCEEDED);
  EXPECT_EQ(seen.back().trials(0).final_return(), 42);
  EXPECT_EQ(seen.back().trials(0).folder(), home_ + "/experiments/1/0");
  v1::GetMetricsRequest request;
  request.set_trial_id("1/0");
  ASSERT_OK_AND_ASSIGN(const v1::GetMetricsResponse metrics,
                       Call(*experiments_, &v1::Experiments::Stub::GetMetrics, request));
  EXPECT_THAT(metrics.rows(), SizeIs(1));
  EXPECT_TRUE(std::filesystem::exists(home_ + "/experiments/1/0/metrics.csv"));
}

TEST_F(OrchestratorTest, AnswersARepeatedSubmissionWithTheSameExperiment) {
  Start();
  ASSERT_OK(Submit("same"));
  ASSERT_OK_AND_ASSIGN(const v1::SubmitResponse again, Submit("same"));
  EXPECT_TRUE(again.already_existed());
  EXPECT_EQ(again.experiment().id(), "1");
  EXPECT_THAT(Submit(""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("send a new UUID")));
  ASSERT_OK_AND_ASSIGN(
      const v1::ListExperimentsResponse list,
      Call(*experiments_, &v1::Experiments::Stub::ListExperiments, v1::ListExperimentsRequest()));
  EXPECT_THAT(list.experiments(), SizeIs(1));
}

TEST_F(OrchestratorTest, NamesTheFaultsOfAFileAndWhatDoesNotExist) {
  Start();
  v1::SubmitRequest request;
  request.set_client_request_id("r");
  request.set_spec_yaml("base: {env: {idd: Hopper}}");
  const auto refused = Call(*experiments_, &v1::Experiments::Stub::Submit, request);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(FieldFaults(refused.status()).empty());
  const auto missing = Get("7");
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kNotFound, HasSubstr("no experiment 7")));
  EXPECT_TRUE(missing.status().GetPayload("type.googleapis.com/google.rpc.ResourceInfo"));
  EXPECT_THAT(Get("seven"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(OrchestratorTest, HandsPriorityAndFailFastFromTheFileToTheScheduler) {
  options_.scheduler.slots = 1;
  Start();
  const auto submit = [this](const std::string& request_id, const std::string& lines,
                             const std::string& override) {
    v1::SubmitRequest request;
    request.set_client_request_id(request_id);
    request.set_spec_file("test.yaml");
    request.set_spec_yaml(
        absl::StrCat("base: {env: {id: Hopper-v4}, algorithm: sac}\nseeds: 2\n", lines));
    if (!override.empty()) request.add_overrides(override);
    return Call(*experiments_, &v1::Experiments::Stub::Submit, request).status();
  };
  ASSERT_OK(submit("first", "", ""));
  MakeRunning("1/0");
  ASSERT_OK(submit("low", "", ""));
  ASSERT_OK(submit("high", "priority: 1\non_failure: fail-fast\n", "priority=2"));
  ASSERT_OK(Finish("1/0", 1));
  for (const int64_t pid : launcher_.running()) launcher_.End(pid, Exit{0, std::nullopt});
  MakeRunning("3/0");
  v1::FinishTrialRequest failure;
  failure.set_trial_id("3/0");
  failure.set_attempt(1);
  failure.set_reason("why");
  ASSERT_OK(Call(*workers_, &v1::Workers::Stub::FinishTrial, failure));
  EXPECT_EQ(Get("3")->state(), v1::EXPERIMENT_FAILED);
  EXPECT_EQ(Get("3/1")->trials(0).reason(), "trial 3/0 failed and the experiment is to fail fast");
}

TEST_F(OrchestratorTest, SaysWhatItsBudgetIsAndWhatTrialsUseOfIt) {
  options_.scheduler.threads = 3;
  options_.scheduler.memory_mib = 2560;
  options_.dashboard_port = 0;
  Start();
  ASSERT_OK(Submit("r"));
  MakeRunning("1/0");
  ASSERT_OK_AND_ASSIGN(
      const v1::ServiceInfo info,
      Call(*experiments_, &v1::Experiments::Stub::GetServiceInfo, v1::GetServiceInfoRequest()));
  EXPECT_EQ(info.slots(), 2);
  EXPECT_EQ(info.used_slots(), 1);
  EXPECT_EQ(info.threads(), 3);
  EXPECT_EQ(info.used_threads(), 1);
  EXPECT_EQ(info.memory_gib(), 2.5);
  EXPECT_EQ(info.used_memory_gib(), 1) << "the default of resources.memory_gib";
  EXPECT_THAT(info.dashboard(), StartsWith("http://127.0.0.1:"));
}

TEST_F(OrchestratorTest, RefusesAnExperimentThatCanNeverRunHere) {
  options_.scheduler.memory_mib = 2048;
  Start();
  v1::SubmitRequest request;
  request.set_client_request_id("r");
  request.set_spec_file("test.yaml");
  request.set_spec_yaml(
      "base: {env: {id: Hopper-v4}, algorithm: sac}\n"
      "sweep: {grid: {resources.memory_gib: [2, 3]}}\n");
  EXPECT_THAT(Call(*experiments_, &v1::Experiments::Stub::Submit, request),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("the trial \"resources.memory_gib=3 seed=0\" needs 3 GiB of "
                                 "memory, the service has 2; lower resources.memory_gib")));
  EXPECT_THAT(Get("1"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(OrchestratorTest, RunsTuningSeedsWithEarlyStoppingFromTheFile) {
  Start();
  v1::SubmitRequest request;
  request.set_client_request_id("r");
  request.set_spec_file("test.yaml");
  request.set_spec_yaml(
      "base: {env: {id: Hopper-v4}, algorithm: sac}\nseeds: 1\n"
      "early_stopping: {first_rung: 6000}\n");
  request.set_tuning(true);
  EXPECT_THAT(Call(*experiments_, &v1::Experiments::Stub::Submit, request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tuning_seeds: is missing")));
  request.set_spec_yaml(absl::StrCat(request.spec_yaml(), "tuning_seeds: [8]\npriority: 4\n"));
  ASSERT_OK_AND_ASSIGN(const v1::SubmitResponse submitted,
                       Call(*experiments_, &v1::Experiments::Stub::Submit, request));
  EXPECT_TRUE(submitted.experiment().tuning());
  EXPECT_EQ(submitted.experiment().priority(), 4);
  EXPECT_EQ(submitted.experiment().trials(0).seed(), 8);
  MakeRunning("1/0");
  v1::ReportMetricsRequest report;
  report.set_trial_id("1/0");
  report.set_attempt(1);
  v1::MetricRow& row = *report.add_rows();
  row.set_step(6000);
  v1::Metric& metric = *row.add_metrics();
  metric.set_name("evaluate/return_mean");
  ASSERT_OK(Call(*workers_, &v1::Workers::Stub::ReportMetrics, report));
  EXPECT_EQ(Get("1")->trials(0).rungs(), 1);
  EXPECT_EQ(Get("1")->trials(0).state(), v1::RUNNING) << "the only arm goes on";
}

// Workers get the files with their configuration; users, who ask often, do not.
TEST_F(OrchestratorTest, HandsTaskFilesToWorkersOnly) {
  Start();
  v1::SubmitRequest request;
  request.set_client_request_id("a");
  request.set_spec_file("test.yaml");
  request.set_spec_yaml("base: {env: {task: mine.yaml}, algorithm: sac}\n");
  EXPECT_THAT(Call(*experiments_, &v1::Experiments::Stub::Submit, request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("was not sent along")));
  v1::UserTask& task = *request.add_tasks();
  task.set_path("mine.yaml");
  task.add_files()->set_path("mine.yaml");
  task.mutable_files(0)->set_content("name: mine\n");
  EXPECT_THAT(Call(*experiments_, &v1::Experiments::Stub::Submit, request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("mine.yaml")));
  task.mutable_files(0)->set_content(
      "name: mine\n"
      "model: mine.xml\n"
      "frame_skip: 1\n"
      "episode_length: 10\n"
      "observation: [{qpos: all}]\n"
      "reward: [{alive: 1}]\n"
      "reset_noise: [{qpos: all, uniform: 0.1}]\n");
  task.add_files()->set_path("mine.xml");
  task.mutable_files(1)->set_content("<mujoco/>");
  ASSERT_OK(Call(*experiments_, &v1::Experiments::Stub::Submit, request));

  MakeRunning("1/0");
  v1::RegisterRequest registration;
  registration.set_trial_id("1/0");
  registration.set_attempt(1);
  registration.set_role(v1::ACTOR);
  registration.set_address("127.0.0.1:9");
  ASSERT_OK_AND_ASSIGN(const v1::RegisterResponse told,
                       Call(*workers_, &v1::Workers::Stub::Register, registration));
  ASSERT_EQ(told.config().env().task_files_size(), 2);
  EXPECT_EQ(told.config().env().task_files(1).content(), "<mujoco/>");
  ASSERT_OK_AND_ASSIGN(const v1::Experiment seen, Get("1/0"));
  EXPECT_EQ(seen.trials(0).config().env().task(), "mine.yaml");
  EXPECT_EQ(seen.trials(0).config().env().task_files_size(), 0);
}

TEST_F(OrchestratorTest, CancelsAndFencesOffTheWorkers) {
  Start();
  ASSERT_OK(Submit("r", /*seeds=*/2));
  MakeRunning("1/0");
  v1::CancelRequest request;
  request.set_id("1/0");
  ASSERT_OK_AND_ASSIGN(const v1::Experiment after,
                       Call(*experiments_, &v1::Experiments::Stub::Cancel, request));
  ASSERT_THAT(after.trials(), SizeIs(1)) << "only the trial that was named";
  EXPECT_EQ(after.trials(0).state(), v1::CANCELLED);
  EXPECT_TRUE(Eventually(kPatience, [&] { return absl::IsAborted(Finish("1/0", 1)); }));
  EXPECT_EQ(Get("1")->state(), v1::EXPERIMENT_RUNNING);
}

TEST_F(OrchestratorTest, PausesPreemptsAndResumes) {
  Start();
  ASSERT_OK(Submit("r", /*seeds=*/2));
  MakeRunning("1/0");
  MakeRunning("1/1");
  v1::PreemptRequest preempt;
  preempt.set_id("1/1");
  ASSERT_OK(Call(*experiments_, &v1::Experiments::Stub::Preempt, preempt));
  MakeRunning("1/1", 2);
  EXPECT_EQ(Get("1/1")->trials(0).attempts(0).reason(), "preempted by a user");
  v1::PauseRequest pause;
  pause.set_id("1");
  ASSERT_OK_AND_ASSIGN(const v1::Experiment paused,
                       Call(*experiments_, &v1::Experiments::Stub::Pause, pause));
  EXPECT_EQ(paused.state(), v1::EXPERIMENT_PAUSED);
  EXPECT_THAT(paused.trials(), SizeIs(2));
  EXPECT_TRUE(Eventually(kPatience, [&] { return absl::IsAborted(Finish("1/0", 1)); }));
  v1::ResumeRequest resume;
  resume.set_id("1/0");
  ASSERT_OK(Call(*experiments_, &v1::Experiments::Stub::Resume, resume));
  MakeRunning("1/0", 2);
  EXPECT_EQ(Get("1/1")->trials(0).state(), v1::PAUSED);
  pause.set_id("7");
  const auto missing = Call(*experiments_, &v1::Experiments::Stub::Pause, pause);
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_TRUE(missing.status().GetPayload("type.googleapis.com/google.rpc.ResourceInfo"));
}

TEST_F(OrchestratorTest, AnExperimentThatHadEndedIsSeenToGoOnOnceItIsResumed) {
  Start();
  ASSERT_OK(Submit("r", /*seeds=*/2));
  MakeRunning("1/0");
  MakeRunning("1/1");
  for (const char* trial : {"1/0", "1/1"}) {
    v1::FinishTrialRequest failure;
    failure.set_trial_id(trial);
    failure.set_attempt(1);
    ASSERT_OK(Call(*workers_, &v1::Workers::Stub::FinishTrial, failure));
  }
  for (const int64_t pid : launcher_.running()) launcher_.End(pid, Exit{0, std::nullopt});
  ASSERT_TRUE(Eventually(kPatience, [&] {
    const auto experiment = Get("1");
    return experiment.ok() && experiment->trials(0).workers().empty() &&
           experiment->trials(1).workers().empty();
  }));
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const v1::Experiment ended, Get("1"));
    EXPECT_EQ(ended.state(), v1::EXPERIMENT_FAILED);
    EXPECT_EQ(ended.trials_size(), 2);
    ASSERT_OK_AND_ASSIGN(const v1::Experiment one, Get("1/1"));
    EXPECT_EQ(one.state(), v1::EXPERIMENT_FAILED);
    ASSERT_EQ(one.trials_size(), 1);
    EXPECT_EQ(one.trials(0).id(), "1/1");
  }
  v1::ResumeRequest resume;
  resume.set_id("1/1");
  ASSERT_OK(Call(*experiments_, &v1::Experiments::Stub::Resume, resume));
  EXPECT_EQ(Get("1")->state(), v1::EXPERIMENT_RUNNING);
  MakeRunning("1/1", /*attempt=*/2);
}

TEST_F(OrchestratorTest, RestartsAFailedGangAndRefusesTheOldOne) {
  Start();
  ASSERT_OK(Submit("r"));
  MakeRunning("1/0");
  launcher_.End(launcher_.running("learner.0").at(0), Exit{1, std::nullopt});
  MakeRunning("1/0", 2);
  EXPECT_THAT(Register("1/0", 1, v1::LEARNER), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Get("1")->trials(0).attempts(0).reason(), HasSubstr("learner.0"));
}

TEST_F(OrchestratorTest, RefusesAWrongToken) {
  Start();
  endpoint_.token = std::string(64, '0');
  EXPECT_THAT(Get("1"), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(Register("1/0", 1, v1::LEARNER), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(OrchestratorTest, SendsLogsUntilTheTrialHasEnded) {
  Start();
  ASSERT_OK(Submit("r"));
  MakeRunning("1/0");
  std::ofstream(home_ + "/experiments/1/0/logs/learner.0.log") << "first\nunfinished";
  std::ofstream(home_ + "/experiments/1/0/logs/actor.0.log") << "not asked for\n";
  const auto context = MakeContext(endpoint_, kPatience);
  v1::GetLogsRequest request;
  request.set_id("1");
  request.set_role(v1::LEARNER);
  request.set_follow(true);
  const auto reader = experiments_->GetLogs(context.get(), request);
  v1::LogChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  EXPECT_EQ(chunk.trial_id(), "1/0");
  EXPECT_EQ(chunk.source(), "learner");
  EXPECT_EQ(chunk.text(), "first\n");
  ASSERT_OK(Finish("1/0", 1));
  ASSERT_TRUE(reader->Read(&chunk));
  EXPECT_EQ(chunk.text(), "unfinished\n");
  EXPECT_FALSE(reader->Read(&chunk));
  EXPECT_OK(FromGrpcStatus(reader->Finish()));
}

TEST_F(OrchestratorTest, BoundsStreamsSoThatWorkersAreServed) {
  Start();
  ASSERT_OK(Submit("r"));
  MakeRunning("1/0");
  v1::GetExperimentRequest request;
  request.set_id("1");
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::Experiment>>> readers;
  v1::Experiment experiment;
  for (int i = 0; i < ExperimentsService::kMaxStreams; ++i) {
    contexts.push_back(MakeContext(endpoint_, kPatience));
    readers.push_back(experiments_->WatchExperiment(contexts.back().get(), request));
    ASSERT_TRUE(readers.back()->Read(&experiment));
  }
  const auto context = MakeContext(endpoint_, kPatience);
  const auto reader = experiments_->WatchExperiment(context.get(), request);
  EXPECT_FALSE(reader->Read(&experiment));
  EXPECT_THAT(FromGrpcStatus(reader->Finish()), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_OK(Register("1/0", 1, v1::LEARNER));
  for (const auto& open : contexts) open->TryCancel();
}

TEST_F(OrchestratorTest, EndsWatchesWhenItStops) {
  Start();
  ASSERT_OK(Submit("r"));
  const auto context = MakeContext(endpoint_, kPatience);
  v1::GetExperimentRequest request;
  request.set_id("1");
  const auto reader = experiments_->WatchExperiment(context.get(), request);
  v1::Experiment experiment;
  ASSERT_TRUE(reader->Read(&experiment));
  stop_->Trip("test");
  while (reader->Read(&experiment)) {
  }
  EXPECT_THAT(FromGrpcStatus(reader->Finish()), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace vagram
