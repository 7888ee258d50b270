// What it costs to keep and to show much: a service whose store holds thousands of finished trials,
// asked by `vagram`, by a browser, and by a learner that reports while others read. Prints Markdown
// tables. The machine's own share (an empty program, a bare fsync) stands beside, and what
// processors did, the service's included, which another program's load does not change much.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/logging.h"
#include "core/base/stop.h"
#include "core/rpc/channel.h"
#include "orchestrator/launcher/fake_launcher.h"
#include "orchestrator/orchestrator.h"
#include "orchestrator/spec/experiment.h"
#include "orchestrator/store/store.h"

ABSL_FLAG(int, seeds, 500, "seeds of each of 4 groups");
ABSL_FLAG(int, rows, 50, "rows of metrics of each trial");
ABSL_FLAG(int, metrics, 10, "metrics of each row");
ABSL_FLAG(std::string, folder, "",
          "on the disk to be measured; empty: the system's for temporaries");
ABSL_FLAG(bool, browser, true, "also measure pages, in Chromium");

extern char** environ;

namespace vagram {
namespace {

constexpr int kRuns = 11;      // of a program
constexpr int kCommits = 300;  // of a row of metrics
constexpr int64_t kEpochSteps = 1000;

template <typename T>
T Checked(absl::StatusOr<T> value) {
  LOG_IF(FATAL, !value.ok()) << value.status();
  return *std::move(value);
}

void Check(const grpc::Status& status) { LOG_IF(FATAL, !status.ok()) << status.error_message(); }

// Of processors: this process, which is the service, and programs that it has run.
absl::Duration ProcessorTime() {
  absl::Duration sum;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage = {};
    getrusage(who, &usage);
    sum += absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
  }
  return sum;
}

double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

class Times {
 public:
  // Measures `body` once.
  void Add(const std::function<void()>& body) {
    const absl::Time begin = absl::Now();
    const absl::Duration processor = ProcessorTime();
    body();
    wall_.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
    processor_.push_back(absl::ToDoubleMilliseconds(ProcessorTime() - processor));
  }

  // A row of a table.
  std::string Row(absl::string_view name) const {
    return absl::StrFormat("| %s | %.1f ms | %.1f ms | %.1f ms |\n", name, Quantile(wall_, 0.5),
                           Quantile(wall_, 0.9), Quantile(processor_, 0.5));
  }

 private:
  std::vector<double> wall_, processor_;  // milliseconds
};

v1::MetricRow MakeRow(int64_t trial, int64_t number, int metrics) {
  v1::MetricRow row;
  row.set_row(number);
  row.set_epoch(number + 1);
  row.set_step((number + 1) * kEpochSteps);
  row.set_wall_seconds(5.0 * static_cast<double>(number));
  for (int i = 0; i < metrics; ++i) {
    v1::Metric& metric = *row.add_metrics();
    metric.set_name(i == 0 ? "evaluate/return_mean" : absl::StrCat("sac/metric_", i));
    metric.set_value(3000 * (1 - std::exp(-static_cast<double>(number) / 20)) +
                     std::sin(static_cast<double>(trial * 31 + number * (i + 1))) * 100);
  }
  return row;
}

// One experiment of 4 groups, all of whose trials have succeeded.
void Fill(const std::string& database) {
  const std::string yaml = absl::StrCat(
      "name: finished\npreset: mbpo/hopper\n"
      "sweep: {grid: {model.loss: [vagram, mle], env.distractors.dims: [5, 15]}}\nseeds: ",
      absl::GetFlag(FLAGS_seeds), "\n");
  ResolvedExperiment resolved = Checked(ResolveExperiment(yaml, "finished.yaml", {}));
  NewExperiment experiment;
  experiment.client_request_id = "fill";
  experiment.name = resolved.name;
  experiment.spec_yaml = yaml;
  for (ResolvedTrial& trial : resolved.trials) {
    experiment.trials.push_back(
        {std::move(trial.label), std::move(trial.overrides), std::move(trial.config)});
  }
  const std::unique_ptr<Store> store = Checked(Store::Open(database));
  const absl::Time now = absl::Now();
  const int64_t id = Checked(store->Submit(experiment, now - absl::Hours(10))).experiment;
  std::vector<TrialRecord> records;
  const int rows_per_trial = absl::GetFlag(FLAGS_rows);
  for (size_t i = 0; i < experiment.trials.size(); ++i) {
    const TrialId trial = {id, static_cast<int64_t>(i)};
    std::vector<v1::MetricRow> rows;
    for (int row = 0; row < rows_per_trial; ++row) {
      rows.push_back(MakeRow(trial.index, row, absl::GetFlag(FLAGS_metrics)));
    }
    (void)Checked(store->AppendMetrics(trial, 1, rows, now));
    TrialRecord record = Checked(store->GetTrial(trial));
    record.trial.set_state(v1::SUCCEEDED);
    record.trial.mutable_started_at()->set_seconds(absl::ToUnixSeconds(now - absl::Hours(9)));
    record.trial.mutable_ended_at()->set_seconds(absl::ToUnixSeconds(now - absl::Hours(1)));
    v1::Progress& progress = *record.trial.mutable_progress();
    progress.set_step(rows_per_trial * kEpochSteps);
    progress.set_num_steps(rows_per_trial * kEpochSteps);
    records.push_back(std::move(record));
  }
  std::vector<TrialUpdate> updates;
  for (const TrialRecord& record : records) updates.push_back({&record, nullptr});
  const absl::Status updated = store->UpdateTrials(updates);
  LOG_IF(FATAL, !updated.ok()) << updated;
}

// A program's exit code; its standard output is dropped, or ours.
int RunProgram(std::vector<std::string> words, bool show_output) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  if (!show_output) posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  LOG_IF(FATAL, error != 0) << "cannot start " << words[0];
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void MeasurePrograms(const std::string& home) {
  setenv("VAGRAM_HOME", home.c_str(), /*overwrite=*/1);
  std::cout
      << "\n| program, start to end | median | 90 % | processor |\n| --- | --- | --- | --- |\n";
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"--version"}, {"list"}, {"status"}, {"status", "1"}, {"status", "1/0"}}) {
    std::vector<std::string> words = {"orchestrator/cli/vagram"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    Times times;
    for (int i = 0; i < kRuns; ++i) {
      times.Add([&] { LOG_IF(FATAL, RunProgram(words, false) != 0) << words[1] << " failed"; });
    }
    words[0] = "vagram";
    std::cout << times.Row(absl::StrCat("`", absl::StrJoin(words, " "), "`")) << std::flush;
  }
}

// A trial that runs as far as the service can tell.
class RunningTrial {
 public:
  explicit RunningTrial(const Endpoint& endpoint)
      : endpoint_(endpoint),
        experiments_(v1::Experiments::NewStub(MakeChannel(endpoint))),
        workers_(v1::Workers::NewStub(MakeChannel(endpoint))) {
    v1::SubmitRequest submit;
    submit.set_client_request_id("running");
    submit.set_spec_yaml("name: running\nbase: {env: {id: Hopper-v4}}\n");
    v1::SubmitResponse submitted;
    Check(experiments_->Submit(MakeContext(endpoint_, absl::Minutes(1)).get(), submit, &submitted));
    id_ = submitted.experiment().trials(0).id();
    for (const v1::Role role : {v1::LEARNER, v1::MODEL_SERVER, v1::ACTOR}) {
      v1::RegisterRequest request;
      request.set_trial_id(id_);
      request.set_attempt(1);
      request.set_role(role);
      request.set_address("127.0.0.1:9");
      v1::RegisterResponse response;
      grpc::Status status;
      do {  // refused until its gang is launched, which is at the next turn of the service
        status =
            workers_->Register(MakeContext(endpoint_, absl::Minutes(1)).get(), request, &response);
      } while (status.error_code() == grpc::StatusCode::NOT_FOUND ||
               status.error_code() == grpc::StatusCode::ABORTED);
      Check(status);
    }
  }

  void ReportRow() {
    v1::ReportMetricsRequest request;
    request.set_trial_id(id_);
    request.set_attempt(1);
    *request.add_rows() = MakeRow(0, next_row_++, absl::GetFlag(FLAGS_metrics));
    v1::ReportMetricsResponse response;
    Check(workers_->ReportMetrics(MakeContext(endpoint_, absl::Minutes(1)).get(), request,
                                  &response));
  }

 private:
  const Endpoint endpoint_;
  const std::unique_ptr<v1::Experiments::Stub> experiments_;
  const std::unique_ptr<v1::Workers::Stub> workers_;
  std::string id_;
  int64_t next_row_ = 0;
};

// Reads all rows of all trials, over and over, for as long as it lives.
class Reader {
 public:
  Reader(const Endpoint& endpoint, int trials)
      : thread_([this, endpoint, trials] {
          const auto stub = v1::Experiments::NewStub(MakeChannel(endpoint));
          for (int trial = 0; !done_; trial = (trial + 1) % trials) {
            v1::GetMetricsRequest request;
            request.set_trial_id(absl::StrCat("1/", trial));
            v1::GetMetricsResponse response;
            Check(stub->GetMetrics(MakeContext(endpoint, absl::Minutes(1)).get(), request,
                                   &response));
            rows_ += response.rows_size();
          }
        }) {}
  ~Reader() {
    done_ = true;
    thread_.join();
  }
  int64_t rows() const { return rows_; }

 private:
  std::atomic<bool> done_{false};
  std::atomic<int64_t> rows_{0};
  std::thread thread_;
};

void MeasureCommits(const Endpoint& endpoint, const std::string& home, int trials) {
  std::cout << "\n| one row of metrics, reported and on the disk | median | 90 % | processor |\n"
               "| --- | --- | --- | --- |\n";
  Times bare;
  const int file = open((home + "/fsync").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  for (int i = 0; i < kCommits; ++i) {
    bare.Add(
        [&] { LOG_IF(FATAL, write(file, page.data(), page.size()) != 4096 || fsync(file) != 0); });
  }
  close(file);
  std::cout << bare.Row("4 KiB appended to a file, and fsync alone");
  RunningTrial trial(endpoint);
  Times alone, beside;
  for (int i = 0; i < kCommits; ++i) alone.Add([&] { trial.ReportRow(); });
  std::cout << alone.Row("nobody reads");
  int64_t rows = 0;
  const absl::Time begin = absl::Now();
  {
    const Reader reader(endpoint, trials);
    for (int i = 0; i < kCommits; ++i) beside.Add([&] { trial.ReportRow(); });
    rows = reader.rows();
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  std::cout << beside.Row(
                   absl::StrFormat("one reads all that there is, without a pause (%.0f rows/s)",
                                   static_cast<double>(rows) / seconds))
            << std::flush;
}

int Main() {
  std::string folder = absl::GetFlag(FLAGS_folder);
  if (folder.empty()) folder = std::filesystem::temp_directory_path();
  std::string pattern = folder + "/service_bench.XXXXXX";
  const char* const made = mkdtemp(pattern.data());
  LOG_IF(FATAL, made == nullptr) << "cannot make a folder in " << folder;
  const std::string home = made;
  const int trials = 4 * absl::GetFlag(FLAGS_seeds);
  const absl::Time begin = absl::Now();
  Fill(home + "/vagram.db");
  std::cout << trials << " finished trials of " << absl::GetFlag(FLAGS_rows) << " rows of "
            << absl::GetFlag(FLAGS_metrics) << " metrics, "
            << std::filesystem::file_size(home + "/vagram.db") / (1 << 20) << " MiB, made in "
            << absl::FormatDuration(absl::Trunc(absl::Now() - begin, absl::Milliseconds(100)))
            << "\n";

  Stop stop;
  FakeLauncher launcher;
  Orchestrator::Options options;
  options.home = home;
  options.dashboard_port = 0;
  options.bin_dir = "/none";
  options.scheduler.gang.lease = absl::Hours(1);  // nobody sends heartbeats
  const absl::Time start = absl::Now();
  const auto service = Checked(Orchestrator::Start(options, &launcher, Clock::Real(), &stop));
  std::cout << "the service starts in " << absl::ToInt64Milliseconds(absl::Now() - start)
            << " ms\n";
  MeasurePrograms(home);
  int code = 0;
  if (absl::GetFlag(FLAGS_browser)) {
    std::cout << "\n| page, navigation to painted | median | slowest |\n| --- | --- | --- |\n"
              << std::flush;
    setenv("PYTHONPATH", "testing", /*overwrite=*/1);
    code = RunProgram({"/usr/bin/python3", "bench/page_times.py", service->dashboard_url(), "1"},
                      /*show_output=*/true);
  }
  MeasureCommits({service->address(), service->token()}, home, trials);
  stop.Trip("the benchmark ends");
  std::filesystem::remove_all(home);
  return code;
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  vagram::InitLogging(argv[0]);
  return vagram::Main();
}
