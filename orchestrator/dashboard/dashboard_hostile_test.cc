// What the dashboard does with requests that mean no good, or too well.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/dashboard/dashboard_fixture.h"
#include "testing/eventually.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(60);

using DashboardHostileTest = DashboardFixture;

TEST_F(DashboardHostileTest, AnswersRequestsToThisMachineOnly) {
  StartAll();
  for (const char* host : {"localhost", "localhost:80", "127.0.0.1:9999", "LOCALHOST:1"}) {
    EXPECT_EQ(Get("/api/service", {{"Host", host}}).first, 200) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80",
                           "", "127.0.0.1:", "localhost:99999", "localhost:80@evil", "[::1]"}) {
    EXPECT_EQ(Get("/api/service", {{"Host", host}}).first, 421) << host;
    EXPECT_EQ(Get("/", {{"Host", host}}).first, 421) << host;
  }
  EXPECT_THAT(Raw("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), HasSubstr("HTTP/1.1 421"));
  EXPECT_THAT(Raw("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n"),
              HasSubstr("HTTP/1.1 421"));
}

TEST_F(DashboardHostileTest, SharesNothingWithOtherOriginsAndRefusesOtherMethods) {
  StartAll();
  const httplib::Result read = Client().Get("/api/service", {{"Origin", "http://evil.example"}});
  EXPECT_FALSE(read->has_header("Access-Control-Allow-Origin"));
  EXPECT_EQ(read->get_header_value("Cross-Origin-Resource-Policy"), "same-origin");
  EXPECT_FALSE(read->has_header("Set-Cookie"));
  for (const char* method : {"PUT", "DELETE", "PATCH", "OPTIONS"}) {
    const std::string answer =
        Raw(absl::StrCat(method, " /api/experiments/1 HTTP/1.1\r\nHost: localhost\r\n",
                         "Content-Length: 0\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(answer, AllOf(HasSubstr("HTTP/1.1 405"), Not(HasSubstr("Access-Control"))))
        << method;
  }
}

TEST_F(DashboardHostileTest, LetsNoPathLeadOutOfItsFolders) {
  StartAll();
  const TrialId id = RunningTrial();
  const std::string folder = results_->Folder(id);
  std::filesystem::create_directories(folder + "/videos");
  std::ofstream(folder + "/videos/epoch_1.mp4") << "0123456789";
  std::ofstream(home_ + "/token") << kDashboardToken;
  EXPECT_EQ(Get("/api/trials/1/0/videos/epoch_1.mp4").second, "0123456789");
  EXPECT_EQ(GetJson("/api/trials/1/0")["videos"][0]["name"], "epoch_1.mp4");
  const httplib::Result part =
      Client().Get("/api/trials/1/0/videos/epoch_1.mp4", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, "234");
  // Not a copy of the body for each: of a large one that would be the machine's memory.
  std::string ranges = "bytes=0-";
  for (int i = 0; i < 1000; ++i) ranges += ",0-";
  const httplib::Result many =
      Client().Get("/api/trials/1/0/videos/epoch_1.mp4", {{"Range", ranges}});
  EXPECT_EQ(many->status, 200);
  EXPECT_EQ(many->body, "0123456789");
  for (const char* path :
       {"/../../token", "/%2e%2e/%2e%2e/token", "/..%2f..%2ftoken", "//etc/passwd",
        "/api/trials/1/0/videos/../../../../token", "/api/trials/1/0/videos/..%2f..%2ftoken",
        "/api/trials/1/0/videos/%2e%2e%2f%2e%2e%2ftoken", "/api/trials/1/0/videos/.mp4",
        "/api/trials/1/0/videos/epoch_1.mp4%00.mp4", "/api/trials/1/..%2f..%2f0/row",
        "/api/trials/1/0/videos/", "/api/", "/api", "/api/trials/1", "/api/experiments/1/2/3/4"}) {
    const std::string answer = Raw(
        absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(answer, AllOf(HasSubstr("HTTP/1.1 40"), Not(HasSubstr(kDashboardToken)))) << path;
  }
}

TEST_F(DashboardHostileTest, BoundsWhatARequestMaySend) {
  StartAll();
  const std::string head = "GET /api/service HTTP/1.1\r\nHost: localhost\r\n";
  EXPECT_THAT(Raw(absl::StrCat(head, "X: ", std::string(1 << 20, 'x'), "\r\n\r\n")),
              Not(HasSubstr("HTTP/1.1 200")));
  std::string many = head;
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&many, "X-", i, ": 1\r\n");
  EXPECT_THAT(Raw(many + "\r\n"), Not(HasSubstr("HTTP/1.1 200")));
  EXPECT_THAT(Raw(std::string(1 << 20, 'x')), Not(HasSubstr("HTTP/1.1 200")));
  EXPECT_THAT(Raw(absl::StrCat("GET /", std::string(5000, 'a'), " HTTP/1.1\r\nHost: localhost\r\n",
                               "Connection: close\r\n\r\n")),
              HasSubstr("HTTP/1.1 414"));
  // A body is not read, whatever it claims to be.
  EXPECT_THAT(Raw(absl::StrCat("POST /api/experiments/1/cancel HTTP/1.1\r\nHost: localhost\r\n",
                               "Content-Length: 99999999999\r\n\r\n", std::string(1 << 16, 'x'))),
              HasSubstr("HTTP/1.1 401"));
  EXPECT_EQ(Get("/api/service").first, 200);
}

TEST_F(DashboardHostileTest, LosesPatienceWithARequestThatDoesNotEnd) {
  dashboard_options_.server.head_timeout = absl::Milliseconds(20);
  StartAll();
  EXPECT_THAT(Raw("GET /api/service HTTP/1.1\r\nHost: loc"), Not(HasSubstr("HTTP/1.1 200")));
}

TEST_F(DashboardHostileTest, ChangesNothingWithoutTheToken) {
  StartAll();
  const TrialId id = RunningTrial();
  for (const std::string& authorization :
       {std::string(), std::string("s3cret"), std::string("Bearer s3cre"),
        std::string("Bearer s3cret2"), std::string("bearer s3cret"), std::string("Basic s3cret")}) {
    EXPECT_EQ(Post("/api/experiments/1/cancel", authorization), 401) << authorization;
    EXPECT_EQ(Post("/api/experiments/99/cancel", authorization), 401) << "tells what exists";
  }
  EXPECT_EQ(Get("/api/experiments/1/cancel").first, 404);
  EXPECT_EQ(SchedulerFixture::Get(id).state(), v1::RUNNING);
}

TEST_F(DashboardHostileTest, FeedsABoundedNumberOfStreams) {
  StartAll();
  Submit(1);
  std::vector<std::thread> readers;
  Stop enough;
  std::atomic<int> open = 0;
  for (int i = 0; i < EventStreams::kMaxStreams; ++i) {
    readers.emplace_back([&] {
      bool counted = false;
      Client().Get("/api/experiments/1/events", [&](const char*, size_t) {
        if (!counted) ++open;
        counted = true;
        enough.Wait();
        return false;
      });
    });
  }
  EXPECT_TRUE(Eventually(kPatience, [&] { return open == EventStreams::kMaxStreams; }));
  const auto [status, body] = Get("/api/experiments/1/events");
  EXPECT_EQ(status, 503);
  EXPECT_THAT(body, HasSubstr("close one of them"));
  EXPECT_EQ(Get("/api/service").first, 200);
  enough.Trip("test");
  for (std::thread& reader : readers) reader.join();
  // Their places are free again as soon as the server has seen that they are gone.
  EXPECT_TRUE(Eventually(kPatience, [&] {
    return absl::StrContains(
        Events("/api/experiments/1/events", [](const std::string&) { return true; }), "event:");
  }));
}

TEST_F(DashboardHostileTest, ShutsDownUnderOpenConnections) {
  StartAll();
  Submit(1);
  const int silent = Connect("");
  const int half = Connect("GET /api/service HTTP/1.1\r\nHost: 127.");
  Stop connected;
  std::thread stream([&] {
    Events("/api/experiments/1/events", [&](const std::string&) {
      connected.Trip("test");
      return false;
    });
  });
  connected.Wait();
  stop_.Trip("test");
  dashboard_.reset();
  stream.join();
  EXPECT_THAT(ReadToTheEnd(silent), IsEmpty());
  EXPECT_THAT(ReadToTheEnd(half), Not(HasSubstr("HTTP/1.1 200")));
}

}  // namespace
}  // namespace vagram
