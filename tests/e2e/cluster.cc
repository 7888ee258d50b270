#include "tests/e2e/cluster.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "core/rpc/status.h"
#include "nlohmann/json.hpp"
#include "testing/eventually.h"

extern char** environ;

namespace vagram {
namespace {

constexpr absl::Duration kCallDeadline = absl::Seconds(20);
constexpr absl::Duration kStartTimeout = absl::Seconds(60);

std::string NewFolder() {
  const char* base = std::getenv("TEST_TMPDIR");
  std::string pattern = absl::StrCat(base != nullptr ? base : "/tmp", "/cluster_XXXXXX");
  return mkdtemp(pattern.data()) != nullptr ? pattern : "";
}

// The tests run in the workspace's runfiles, where binaries lie as in the build's output folder.
std::string BinaryFolder() {
  char path[4096];
  return getcwd(path, sizeof(path)) != nullptr ? path : ".";
}

}  // namespace

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

absl::StatusOr<std::unique_ptr<Cluster>> Cluster::Start(int slots, const std::string& bin_dir) {
  auto cluster = std::unique_ptr<Cluster>(
      new Cluster(NewFolder(), slots, bin_dir.empty() ? BinaryFolder() : bin_dir));
  if (cluster->home_.empty()) return absl::UnavailableError("cannot make a folder for the cluster");
  RETURN_IF_ERROR(cluster->Spawn());
  return cluster;
}

Cluster::~Cluster() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);  // stops the workers too
  waitpid(pid_, nullptr, 0);
}

absl::Status Cluster::Spawn() {
  std::vector<std::string> words = {BinaryFolder() + "/orchestrator/orchestrator",
                                    "--home=" + home_, absl::StrCat("--slots=", slots_),
                                    "--bin_dir=" + bin_dir_};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string log = home_ + "/orchestrator.log";
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int error = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::UnavailableError(absl::StrCat("cannot start ", argv[0]));

  bool ended = false;
  const auto serves = Eventually(kStartTimeout, [&] {
    const auto service = nlohmann::json::parse(ReadFile(home_ + "/service.json"), nullptr,
                                               /*allow_exceptions=*/false);
    if (service.is_object() && service.value("pid", int64_t{0}) == pid_) {
      endpoint_.address = service.value("address", "");
      return true;
    }
    ended = waitpid(pid_, nullptr, WNOHANG) == pid_;
    return ended;
  });
  if (ended || !serves) {
    if (ended) pid_ = -1;
    return absl::UnavailableError(absl::StrCat("the orchestrator does not serve: ", ReadFile(log)));
  }
  endpoint_.token = std::string(absl::StripAsciiWhitespace(ReadFile(home_ + "/token")));
  stub_ = v1::Experiments::NewStub(MakeChannel(endpoint_));
  return absl::OkStatus();
}

absl::Status Cluster::KillAndRestart() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  return Spawn();
}

absl::Status Cluster::StopAndRestart() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  return Spawn();
}

template <typename Request>
absl::Status Cluster::Steer(grpc::Status (v1::Experiments::Stub::*method)(grpc::ClientContext*,
                                                                          const Request&,
                                                                          v1::Experiment*),
                            const std::string& id) {
  Request request;
  request.set_id(id);
  v1::Experiment experiment;
  const auto context = MakeContext(endpoint_, kCallDeadline);
  return FromGrpcStatus((stub_.get()->*method)(context.get(), request, &experiment));
}

absl::Status Cluster::Pause(const std::string& id) {
  return Steer(&v1::Experiments::Stub::Pause, id);
}

absl::Status Cluster::Resume(const std::string& id) {
  return Steer(&v1::Experiments::Stub::Resume, id);
}

absl::Status Cluster::Preempt(const std::string& id) {
  return Steer(&v1::Experiments::Stub::Preempt, id);
}

absl::StatusOr<std::string> Cluster::Submit(const std::string& spec_yaml) {
  v1::SubmitRequest request;
  request.set_client_request_id(absl::StrCat("test-", absl::GetCurrentTimeNanos()));
  request.set_spec_yaml(spec_yaml);
  request.set_spec_file("test.yaml");
  v1::SubmitResponse response;
  const auto context = MakeContext(endpoint_, kCallDeadline);
  RETURN_IF_ERROR(FromGrpcStatus(stub_->Submit(context.get(), request, &response)));
  return response.experiment().id();
}

absl::StatusOr<v1::Experiment> Cluster::Get(const std::string& id) {
  v1::GetExperimentRequest request;
  request.set_id(id);
  v1::Experiment experiment;
  const auto context = MakeContext(endpoint_, kCallDeadline);
  RETURN_IF_ERROR(FromGrpcStatus(stub_->GetExperiment(context.get(), request, &experiment)));
  return experiment;
}

absl::StatusOr<v1::GetMetricsResponse> Cluster::Metrics(const std::string& trial_id) {
  v1::GetMetricsRequest request;
  request.set_trial_id(trial_id);
  v1::GetMetricsResponse response;
  const auto context = MakeContext(endpoint_, kCallDeadline);
  RETURN_IF_ERROR(FromGrpcStatus(stub_->GetMetrics(context.get(), request, &response)));
  return response;
}

absl::StatusOr<v1::Experiment> Cluster::WaitUntil(
    const std::string& id, absl::Duration timeout,
    const std::function<bool(const v1::Experiment&)>& done) {
  v1::GetExperimentRequest request;
  request.set_id(id);
  const auto context = MakeContext(endpoint_, timeout);
  const auto reader = stub_->WatchExperiment(context.get(), request);
  v1::Experiment experiment;
  while (reader->Read(&experiment)) {
    if (done(experiment)) {
      context->TryCancel();
      return experiment;
    }
  }
  const absl::Status status = FromGrpcStatus(reader->Finish());
  return absl::DeadlineExceededError(absl::StrCat("the watch ended: ", status.ToString(),
                                                  "; last seen: ", experiment.DebugString()));
}

absl::StatusOr<v1::Experiment> Cluster::WaitUntilEnded(const std::string& id,
                                                       absl::Duration timeout) {
  return WaitUntil(id, timeout, [](const v1::Experiment& experiment) {
    return experiment.state() == v1::EXPERIMENT_SUCCEEDED ||
           experiment.state() == v1::EXPERIMENT_FAILED ||
           experiment.state() == v1::EXPERIMENT_CANCELLED;
  });
}

}  // namespace vagram
