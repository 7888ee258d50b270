// A service whose trials are played, not trained: for looking at the dashboard, with any number of
// trials at once.   bazel run //orchestrator/dashboard:demo -- HOME [SEEDS] [PORT]
// SEEDS seeds times 4 configurations, and some of two tasks; most are over at once, the others go
// on epoch by epoch.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/rpc/channel.h"
#include "core/rpc/status.h"
#include "orchestrator/launcher/fake_launcher.h"
#include "orchestrator/orchestrator.h"

namespace vagram {
namespace {

constexpr int kEpochs = 120;
constexpr int kEpochSteps = 1000;

class Demo {
 public:
  Demo(const Endpoint& endpoint, std::string home)
      : endpoint_(endpoint),
        home_(std::move(home)),
        experiments_(v1::Experiments::NewStub(MakeChannel(endpoint))),
        workers_(v1::Workers::NewStub(MakeChannel(endpoint))) {}

  // `sweep`: flow YAML.
  void Submit(const std::string& name, const std::string& sweep, int seeds) {
    v1::SubmitRequest request;
    request.set_client_request_id(name);
    request.set_spec_yaml(absl::StrCat(
        "name: ", name, "\nbase: {env: {id: Hopper-v4}, num_steps: ", kEpochs * kEpochSteps,
        "}\nsweep: ", sweep, "\nseeds: ", seeds, "\n"));
    v1::SubmitResponse response;
    const auto context = MakeContext(endpoint_, absl::Minutes(5));
    const grpc::Status status = experiments_->Submit(context.get(), request, &response);
    LOG_IF(FATAL, !status.ok()) << status.error_message();
  }

  // Plays one turn of every trial that runs.
  void Play() {
    v1::ListExperimentsResponse list;
    const auto context = MakeContext(endpoint_, absl::Minutes(5));
    (void)experiments_->ListExperiments(context.get(), v1::ListExperimentsRequest(), &list);
    for (const v1::Experiment& experiment : list.experiments()) {
      for (const v1::Trial& trial : experiment.trials()) PlayTrial(trial);
    }
  }

 private:
  template <typename Request, typename Response>
  void Call(grpc::Status (v1::Workers::Stub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
            const v1::Trial& trial, Request request) {
    request.set_trial_id(trial.id());
    request.set_attempt(trial.attempt());
    Response response;
    const auto context = MakeContext(endpoint_, absl::Minutes(1));
    (void)(workers_.get()->*method)(context.get(), request, &response);
  }

  void PlayTrial(const v1::Trial& trial) {
    const bool runs = trial.state() == v1::STARTING || trial.state() == v1::RUNNING;
    if (!runs) return;
    for (const v1::Role role : {v1::LEARNER, v1::MODEL_SERVER, v1::ACTOR}) {
      v1::RegisterRequest request;
      request.set_role(role);
      request.set_address("127.0.0.1:9");
      request.set_host("demo");
      Call(&v1::Workers::Stub::Register, trial, request);
    }
    int& epoch = epochs_[absl::StrCat(trial.id(), " ", trial.attempt())];
    if (epoch == 0) WriteLog(trial);
    const int number = static_cast<int>(epochs_.size());
    const bool at_once = epoch == 0 && number % 8 != 0;
    const int until = at_once ? kEpochs : epoch == 0 ? kEpochs / 3 : epoch + 1;
    v1::ReportMetricsRequest report;
    for (; epoch < std::min(until, kEpochs); ++epoch) AddRow(trial, epoch, report);
    Call(&v1::Workers::Stub::ReportMetrics, trial, report);
    v1::HeartbeatRequest heartbeat;
    heartbeat.set_role(v1::LEARNER);
    v1::Progress& progress = *heartbeat.mutable_progress();
    progress.set_step(epoch * kEpochSteps);
    progress.set_num_steps(kEpochs * kEpochSteps);
    progress.set_work(epoch);
    progress.set_episode_return(Return(trial, epoch));
    progress.set_updates_per_second(180 + number % 40);
    progress.set_eta_seconds((kEpochs - epoch) * 5.0);
    progress.set_activity(epoch % 3 == 0 ? "training the model" : "collecting");
    Call(&v1::Workers::Stub::Heartbeat, trial, heartbeat);
    if (epoch < kEpochs) return;
    v1::FinishTrialRequest finish;
    finish.set_succeeded(Hash(trial) > 0.04);
    if (!finish.succeeded()) finish.set_reason("the loss of the model is not finite (step 118000)");
    Call(&v1::Workers::Stub::FinishTrial, trial, finish);
  }

  static double Hash(const v1::Trial& trial) {
    return static_cast<double>(std::hash<std::string>()(trial.id()) % 1000) / 1000;
  }
  static double Quality(const v1::Trial& trial) {
    const bool vagram = trial.label().find("loss=vagram") != std::string::npos;
    const bool many = trial.label().find("dims=15") != std::string::npos;
    return (vagram ? 1 : 0.8) * (many ? (vagram ? 0.9 : 0.5) : 1);
  }
  static double Return(const v1::Trial& trial, int epoch) {
    const double done = epoch / (20 + 25 * Hash(trial));
    return 3200 * Quality(trial) * (1 - std::exp(-done)) +
           250 * std::sin(epoch * (1 + Hash(trial)));
  }

  void AddRow(const v1::Trial& trial, int epoch, v1::ReportMetricsRequest& report) {
    v1::MetricRow& row = *report.add_rows();
    row.set_row(epoch);
    row.set_epoch(epoch + 1);
    row.set_step((epoch + 1) * kEpochSteps);
    row.set_wall_seconds(5.0 * epoch);
    const auto add = [&](const std::string& name, double value) {
      v1::Metric& metric = *row.add_metrics();
      metric.set_name(name);
      metric.set_value(value);
    };
    const double noise = std::normal_distribution<double>()(random_);
    add("evaluate/return_mean", epoch % 2 == 0 ? Return(trial, epoch) + 60 * noise
                                               : std::numeric_limits<double>::quiet_NaN());
    add("collect/return_mean", Return(trial, epoch) - 200 + 150 * noise);
    add("sac/critic_loss", 40 * std::exp(-epoch / 50.0) + 3 * std::abs(noise));
    add("sac/actor_loss", -2.0 * epoch + noise);
    add("sac/temperature", 0.2 * std::exp(-epoch / 30.0) + 0.01);
    add("sac/entropy", 3 - epoch * 0.04);
    add("sac/q_mean", 3.0 * epoch + 5 * noise);
    add("model/holdout_score", 0.5 * std::exp(-epoch / 15.0) + 0.05 + 0.005 * noise);
    add("model/holdout_mse", 0.8 * std::exp(-epoch / 15.0) + 0.08 + 0.01 * noise);
    add("model/train_loss", 0.4 * std::exp(-epoch / 15.0) + 0.03);
    add("time/updates_per_second", 190 + 8 * noise);
    for (const int horizon : {1, 2, 4, 8, 16}) {
      const double error = horizon * (0.03 + 0.2 * std::exp(-epoch / 25.0)) / Quality(trial);
      add(absl::StrCat("diagnose/model_error_h", horizon), error * (1 + 0.05 * noise));
      add(absl::StrCat("diagnose/value_error_h", horizon), 12 * error * std::sqrt(horizon));
    }
    double sum = 0;
    for (int dimension = 0; dimension < 11; ++dimension) sum += 1.0 / (dimension + 1 + epoch % 5);
    for (int dimension = 0; dimension < 11; ++dimension) {
      add(absl::StrCat("diagnose/gradient_weight_", dimension),
          1.0 / (dimension + 1 + epoch % 5) / sum);
    }
    for (int member = 0; member < 7; ++member) {
      add(absl::StrCat("model/holdout_score_", member), 0.1 + 0.01 * member);
    }
  }

  void WriteLog(const v1::Trial& trial) {
    const std::string folder = absl::StrCat(home_, "/experiments/", trial.id(), "/logs");
    std::filesystem::create_directories(folder);
    for (const char* worker : {"learner.0", "model_server.0", "actor.0"}) {
      std::ofstream log(absl::StrCat(folder, "/", worker, ".log"));
      for (int line = 0; line < 200; ++line) {
        log << "I1125 23:5" << line % 10 << ":07.123456 " << worker << " step=" << 500 * line
            << (line % 60 == 59 ? " W slow answer of a peer seconds=1.2" : " trained epochs=12")
            << "\n";
      }
    }
  }

  const Endpoint endpoint_;
  const std::string home_;
  const std::unique_ptr<v1::Experiments::Stub> experiments_;
  const std::unique_ptr<v1::Workers::Stub> workers_;
  std::map<std::string, int> epochs_;  // reported, by trial and attempt
  std::mt19937 random_;
};

int Main(int argc, char** argv) {
  int seeds = 5;
  Orchestrator::Options options;
  if (argc > 1) options.home = argv[1];
  options.dashboard_port = 0;
  if (options.home.empty() || (argc > 2 && !absl::SimpleAtoi(argv[2], &seeds)) ||
      (argc > 3 && !absl::SimpleAtoi(argv[3], &options.dashboard_port))) {
    std::cerr << "usage: demo HOME [SEEDS] [PORT]\n";
    return 2;
  }
  InitLogging(argv[0]);
  Stop stop;
  SignalThread signals(&stop);
  FakeLauncher launcher;
  options.bin_dir = "/none";
  options.scheduler.slots = std::max(4, 3 * seeds);
  options.scheduler.gang.lease = absl::Minutes(10);  // a turn of thousands of trials takes long
  auto orchestrator = Orchestrator::Start(options, &launcher, Clock::Real(), &stop);
  LOG_IF(FATAL, !orchestrator.ok()) << orchestrator.status();
  Demo demo({(*orchestrator)->address(), (*orchestrator)->token()}, options.home);
  demo.Submit("demo-one-trial", "{grid: {model.loss: [vagram]}}", 1);
  demo.Submit("demo-sweep", "{grid: {model.loss: [vagram, mle], env.distractors.dims: [5, 15]}}",
              seeds);
  demo.Submit("demo-tasks",
              "{zip: {env.id: [Hopper-v4, Walker2d-v4], sac.target_entropy: [-1, -3]}, "
              "list: [{model.loss: vagram}, {model.loss: mle}, {algorithm: sac}]}",
              std::min(seeds, 5));
  std::cout << (*orchestrator)->dashboard_url() << std::endl;
  while (!stop.WaitFor(absl::Seconds(1))) demo.Play();
  return 0;
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) { return vagram::Main(argc, argv); }
