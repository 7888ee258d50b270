// How the service starts, is found, comes back, and what it refuses to start with.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/rpc/server.h"
#include "orchestrator/orchestrator_fixture.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using OrchestratorLifeTest = OrchestratorTest;

TEST_F(OrchestratorLifeTest, ComesBackOnItsPortWithWhatItHad) {
  Start();
  ASSERT_OK(Submit("r"));
  MakeRunning("1/0");
  const Endpoint before = endpoint_;
  orchestrator_.reset();
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(home_ + "/service.json"));
  Start();
  EXPECT_EQ(endpoint_.address, before.address);
  EXPECT_EQ(endpoint_.token, before.token);
  MakeRunning("1/0", 2);
  EXPECT_EQ(Get("1")->trials(0).attempts(0).reason(), "the service was stopped");
}

TEST_F(OrchestratorLifeTest, TakesAnotherPortWhenItsLastOneIsTaken) {
  Start();
  const std::string before = endpoint_.address;
  orchestrator_.reset();
  RpcServer::Options other;
  other.address = before;
  other.token = "token";
  ASSERT_OK_AND_ASSIGN(const auto occupant, RpcServer::Start(other));
  Start();
  EXPECT_NE(endpoint_.address, before);
  EXPECT_OK(Submit("r"));
}

TEST_F(OrchestratorLifeTest, PublishesWhereItIsReached) {
  Start();
  std::ifstream file(home_ + "/service.json");
  const auto record = nlohmann::json::parse(file);
  EXPECT_EQ(record["address"], orchestrator_->address());
  EXPECT_EQ(record["pid"], getpid());
  ASSERT_OK_AND_ASSIGN(
      const v1::ServiceInfo info,
      Call(*experiments_, &v1::Experiments::Stub::GetServiceInfo, v1::GetServiceInfoRequest()));
  EXPECT_EQ(record["instance_id"], info.instance_id());
  EXPECT_EQ(info.slots(), 2);
  EXPECT_EQ(info.home(), home_);
  struct stat token;
  ASSERT_EQ(stat((home_ + "/token").c_str(), &token), 0);
  EXPECT_EQ(token.st_mode & 0777, 0600u);
}

TEST_F(OrchestratorLifeTest, ServesADashboardWhereBookmarksFindIt) {
  options_.dashboard_port = 0;
  Start();
  const std::string url = orchestrator_->dashboard_url();
  EXPECT_THAT(url, ::testing::StartsWith("http://127.0.0.1:"));
  std::ifstream file(home_ + "/service.json");
  EXPECT_EQ(nlohmann::json::parse(file)["dashboard"], url);
  orchestrator_.reset();
  Start();
  EXPECT_EQ(orchestrator_->dashboard_url(), url);
  orchestrator_.reset();
  options_.dashboard_port = -1;
  Start();
  EXPECT_EQ(orchestrator_->dashboard_url(), "");
}

TEST_F(OrchestratorLifeTest, RefusesASecondServiceOnTheSameHome) {
  Start();
  Stop stop;
  const auto second = Orchestrator::Start(options_, &launcher_, Clock::Real(), &stop);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(absl::StrCat("pid ", getpid())));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(orchestrator_->address()));
  EXPECT_TRUE(std::filesystem::exists(home_ + "/service.json")) << "the first one's stays";
}

TEST_F(OrchestratorLifeTest, RefusesATokenThatOthersCanRead) {
  std::filesystem::create_directories(home_);
  std::ofstream(home_ + "/token") << "secret\n";
  chmod((home_ + "/token").c_str(), 0640);
  EXPECT_THAT(Orchestrator::Start(options_, &launcher_, Clock::Real(), &no_stop_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("chmod 600")));
}

TEST_F(OrchestratorLifeTest, RefusesAPortInUse) {
  Start();
  const std::string& address = orchestrator_->address();
  Orchestrator::Options options = options_;
  options.home = home_ + "/other";
  options.port = std::stoi(address.substr(address.rfind(':') + 1));
  EXPECT_THAT(Orchestrator::Start(options, &launcher_, Clock::Real(), &no_stop_),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(address)));
}

TEST_F(OrchestratorLifeTest, RefusesAHomeItCannotWriteIn) {
  options_.home = "/proc/vagram";
  EXPECT_THAT(Orchestrator::Start(options_, &launcher_, Clock::Real(), &no_stop_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("cannot write in the home folder /proc/vagram")));
}

TEST_F(OrchestratorLifeTest, StopsWhenItsOwnerIsGone) {
  options_.owner = 0x7ffffffe;  // no such process
  Start();
  stop_->Wait();
  EXPECT_THAT(stop_->reason(), HasSubstr("process 2147483646"));
}

}  // namespace
}  // namespace vagram
