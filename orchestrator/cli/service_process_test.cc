#include "orchestrator/cli/service_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/fake_experiments.h"
#include "testing/eventually.h"
#include "testing/status_matchers.h"

namespace vagram::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ServiceProcessTest : public ::testing::Test {
 protected:
  ServiceProcessTest() {
    std::string folder = ::testing::TempDir() + "process.XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    options_.home = folder + "/home";
    options_.bin_dir = folder + "/bin";
  }

  // Stands for the orchestrator.
  void WriteProgram(const std::string& script) {
    std::filesystem::create_directories(options_.bin_dir + "/orchestrator");
    const std::string path = options_.bin_dir + "/orchestrator/orchestrator";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    chmod(path.c_str(), 0755);
  }

  ServiceProcess::Options options_;
  Stop interrupt_;
};

TEST_F(ServiceProcessTest, SaysThatTheProgramIsMissing) {
  EXPECT_THAT(ServiceProcess::Start(options_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("VAGRAM_BIN_DIR")));
}

TEST_F(ServiceProcessTest, ShowsTheLastLinesOfAFailedStartAndNoOlderOnes) {
  WriteProgram("echo port 7000 is in use >&2; exit 1");
  std::filesystem::create_directories(options_.home + "/logs");
  std::ofstream(options_.home + "/logs/orchestrator.log") << "an old line\n";
  ASSERT_OK_AND_ASSIGN(auto process, ServiceProcess::Start(options_));
  EXPECT_THAT(process->WaitUntilServing(absl::Seconds(60), &interrupt_).status(),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr("port 7000 is in use"), Not(HasSubstr("an old line")))));
}

TEST_F(ServiceProcessTest, ShowsTheServicesOwnLastWordWithoutTheLogAroundIt) {
  WriteProgram("echo E1120 some library; echo 'orchestrator: port 7000 is in use'; exit 1");
  ASSERT_OK_AND_ASSIGN(auto process, ServiceProcess::Start(options_));
  EXPECT_THAT(process->WaitUntilServing(absl::Seconds(60), &interrupt_).status(),
              StatusIs(absl::StatusCode::kUnavailable,
                       "the service could not start:\norchestrator: port 7000 is in use"));
}

TEST_F(ServiceProcessTest, WaitsForTheServiceThatWasQuicker) {
  WriteProgram("exit 1");
  ASSERT_OK_AND_ASSIGN(auto process, ServiceProcess::Start(options_));
  const std::string lock_file = options_.home + "/service.lock";
  const int lock = open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);
  FakeExperiments quicker(options_.home);
  quicker.Start();
  ASSERT_OK_AND_ASSIGN(const v1::ServiceInfo info,
                       process->WaitUntilServing(absl::Seconds(60), &interrupt_));
  EXPECT_EQ(info.instance_id(), "fake");
  close(lock);
}

TEST_F(ServiceProcessTest, PassesItsOptionsAndKeepsTheHomePrivate) {
  WriteProgram("echo \"$@\"");
  options_.port = 7000;
  options_.dashboard_port = -1;
  options_.slots = 3;
  options_.threads = 5;
  options_.memory_gib = 2.5;
  options_.private_service = true;
  ASSERT_OK_AND_ASSIGN(auto process, ServiceProcess::Start(options_));
  EXPECT_THAT(
      process->WaitUntilServing(absl::Seconds(60), &interrupt_).status(),
      StatusIs(
          absl::StatusCode::kUnavailable,
          HasSubstr("--home=" + options_.home +
                    " --port=7000 --slots=3 --bin_dir=" + options_.bin_dir +
                    " --threads=5 --memory_gib=2.5 --dashboard_port=-1 --exit_when_orphaned_by=" +
                    std::to_string(getpid()))));
  struct stat home = {};
  ASSERT_EQ(stat(options_.home.c_str(), &home), 0);
  EXPECT_EQ(home.st_mode & 0777, 0700u);
}

TEST_F(ServiceProcessTest, TerminatesAndReapsTheProcess) {
  WriteProgram("exec sleep 1000");
  ASSERT_OK_AND_ASSIGN(auto process, ServiceProcess::Start(options_));
  EXPECT_FALSE(process->HasExited());
  EXPECT_OK(process->Terminate(absl::Seconds(60)));
  EXPECT_TRUE(process->HasExited());
  EXPECT_EQ(kill(process->pid(), 0), -1);
}

TEST_F(ServiceProcessTest, TellsAnOrderlyEndFromACrash) {
  WriteProgram("exit 0");
  ASSERT_OK_AND_ASSIGN(auto process, ServiceProcess::Start(options_));
  EXPECT_TRUE(Eventually(absl::Seconds(60), [&] { return process->HasExitedInOrder(); }));
  WriteProgram("kill -9 $$");
  ASSERT_OK_AND_ASSIGN(process, ServiceProcess::Start(options_));
  EXPECT_TRUE(Eventually(absl::Seconds(60), [&] { return process->HasExited(); }));
  EXPECT_FALSE(process->HasExitedInOrder());
}

TEST_F(ServiceProcessTest, AnInterruptEndsTheWait) {
  WriteProgram("exec sleep 1000");
  ASSERT_OK_AND_ASSIGN(auto process, ServiceProcess::Start(options_));
  interrupt_.Trip("received SIGINT");
  EXPECT_THAT(process->WaitUntilServing(absl::Seconds(60), &interrupt_).status(),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_OK(process->Terminate(absl::Seconds(60)));
}

// A child that a test may see stopped.
class StopServiceTest : public ServiceProcessTest {
 protected:
  StopServiceTest() {
    WriteProgram("exec sleep 1000");
    auto process = ServiceProcess::Start(options_);
    EXPECT_OK(process);
    process_ = *std::move(process);
    service_ = std::make_unique<FakeExperiments>(options_.home);
  }
  ~StopServiceTest() override { EXPECT_OK(process_->Terminate(absl::Seconds(60))); }

  v1::ServiceInfo Info() {
    v1::ServiceInfo info;
    info.set_pid(process_->pid());
    info.set_instance_id("this one");
    return info;
  }

  std::unique_ptr<ServiceProcess> process_;
  std::unique_ptr<FakeExperiments> service_;
};

TEST_F(StopServiceTest, StopsTheProcessThatAnswersAsTheRecordedInstance) {
  service_->SetInfo(Info());
  service_->Start();
  ASSERT_OK_AND_ASSIGN(const ServiceRecord record,
                       StopService(options_.home, absl::Seconds(60), &interrupt_));
  EXPECT_EQ(record.pid, process_->pid());
  EXPECT_TRUE(process_->HasExited());
}

TEST_F(StopServiceTest, StopsNothingWhenAnotherInstanceAnswers) {
  service_->SetInfo(Info());
  service_->Start();
  v1::ServiceInfo other = Info();
  other.set_instance_id("another one");
  service_->SetInfo(other);
  EXPECT_THAT(StopService(options_.home, absl::Seconds(60), &interrupt_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("nothing was stopped")));
  EXPECT_FALSE(process_->HasExited());
}

TEST_F(StopServiceTest, StopsNothingThatDoesNotAnswer) {
  service_->SetInfo(Info());
  service_->Start();
  service_->Stop();
  EXPECT_THAT(StopService(options_.home, absl::Seconds(60), &interrupt_),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("does not answer")));
  EXPECT_FALSE(process_->HasExited());
}

}  // namespace
}  // namespace vagram::cli
