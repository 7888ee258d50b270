// The dashboard over a real store and scheduler, asked over its socket; only the workers are fake.
#include "orchestrator/dashboard/dashboard.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "orchestrator/scheduler_fixture.h"
#include "testing/eventually.h"
#include "testing/proto_matchers.h"

namespace vagram {
namespace {

using ::nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kToken[] = "s3cret";
constexpr absl::Duration kPatience = absl::Seconds(60);

class DashboardTest : public SchedulerFixture {
 protected:
  ~DashboardTest() override {
    stop_.Trip("the test ends");
    dashboard_.reset();
  }

  void StartAll() {
    Start();
    v1::ServiceInfo info;
    info.set_slots(2);
    info.set_home(home_);
    ASSERT_OK_AND_ASSIGN(
        dashboard_,
        Dashboard::Start(dashboard_options_,
                         {store_.get(), scheduler_.get(), results_.get(), &videos_, &stop_}, info));
  }

  httplib::Client Client() {
    httplib::Client client("127.0.0.1", dashboard_->port());
    client.set_read_timeout(60);
    return client;
  }

  // Status and body.
  std::pair<int, std::string> Get(const std::string& path, const httplib::Headers& headers = {}) {
    const httplib::Result result = Client().Get(path, headers);
    return result ? std::make_pair(result->status, result->body) : std::make_pair(0, "");
  }

  json GetJson(const std::string& path) {
    const auto [status, body] = Get(path);
    EXPECT_EQ(status, 200) << path << ": " << body;
    return json::parse(body, nullptr, /*allow_exceptions=*/false);
  }

  int Post(const std::string& path, const std::string& authorization) {
    httplib::Headers headers;
    if (!authorization.empty()) headers.emplace("Authorization", authorization);
    const httplib::Result result = Client().Post(path, headers, "", "text/plain");
    return result ? result->status : 0;
  }

  void Report(const TrialId& id, int64_t rows, const std::string& name, double slope) {
    v1::ReportMetricsRequest request;
    request.set_trial_id(id.ToString());
    request.set_attempt(1);
    for (int64_t row = 0; row < rows; ++row) {
      v1::MetricRow& added = *request.add_rows();
      added.set_row(row);
      added.set_step(10 * (row + 1));
      v1::Metric& metric = *added.add_metrics();
      metric.set_name(name);
      metric.set_value(slope * static_cast<double>(row));
    }
    ASSERT_OK(scheduler_->ReportMetrics(request));
  }

  // What the server answers to those bytes until it closes the connection.
  std::string Raw(const std::string& bytes) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(dashboard_->port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;  // the server has seen enough
      sent += static_cast<size_t>(count);
    }
    std::string answer;
    char buffer[4096];
    for (ssize_t count; (count = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
      answer.append(buffer, static_cast<size_t>(count));
    }
    close(fd);
    return answer;
  }

  Stop stop_;
  Dashboard::Options dashboard_options_ = {0, kToken, {}};
  std::unique_ptr<Dashboard> dashboard_;
};

TEST_F(DashboardTest, ServesThePageWithAStrictPolicy) {
  StartAll();
  const httplib::Result page = Client().Get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_THAT(page->body, HasSubstr("<title>VaGraM</title>"));
  EXPECT_THAT(page->get_header_value("Content-Security-Policy"), HasSubstr("default-src 'self'"));
  EXPECT_EQ(page->get_header_value("X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(page->body, Not(HasSubstr("//")));  // nothing from elsewhere
  const httplib::Result script = Client().Get("/app.js");
  EXPECT_THAT(script->get_header_value("Content-Type"), HasSubstr("text/javascript"));
  EXPECT_EQ(Get("/app.js", {{"If-None-Match", script->get_header_value("ETag")}}).first, 304);
  EXPECT_THAT(Get("/dygraph.min.js").second, HasSubstr("Dygraph"));
  EXPECT_EQ(Get("/none.js").first, 404);
}

// Every module that a module of the page names is there.
TEST_F(DashboardTest, ServesAllModulesOfThePage) {
  StartAll();
  std::vector<std::string> left = {"/app.js"};
  std::set<std::string> seen;
  while (!left.empty()) {
    const std::string path = left.back();
    left.pop_back();
    if (!seen.insert(path).second) continue;
    const auto [status, text] = Get(path);
    EXPECT_EQ(status, 200) << path;
    const std::string kFrom = "from './";
    for (size_t at = text.find(kFrom); at != text.npos; at = text.find(kFrom, at + 1)) {
      const size_t begin = at + kFrom.size();
      left.push_back("/" + text.substr(begin, text.find('\'', begin) - begin));
    }
  }
  EXPECT_GT(seen.size(), 10u);
}

TEST_F(DashboardTest, AnswersRequestsToThisMachineOnly) {
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
  EXPECT_THAT(
      Raw("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n"),
      HasSubstr("HTTP/1.1 421"));
}

TEST_F(DashboardTest, SharesNothingWithOtherOriginsAndRefusesOtherMethods) {
  StartAll();
  const httplib::Result read = Client().Get("/api/service", {{"Origin", "http://evil.example"}});
  EXPECT_FALSE(read->has_header("Access-Control-Allow-Origin"));
  EXPECT_EQ(read->get_header_value("Cross-Origin-Resource-Policy"), "same-origin");
  EXPECT_FALSE(read->has_header("Set-Cookie"));
  for (const char* method : {"PUT", "DELETE", "PATCH", "OPTIONS"}) {
    const std::string answer =
        Raw(absl::StrCat(method, " /api/experiments/1 HTTP/1.1\r\nHost: localhost\r\n",
                         "Content-Length: 0\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(answer, AllOf(HasSubstr("HTTP/1.1 405"), Not(HasSubstr("Access-Control")))) << method;
  }
}

TEST_F(DashboardTest, LetsNoPathLeadOutOfItsFolders) {
  StartAll();
  const TrialId id = RunningTrial();
  const std::string folder = results_->Folder(id);
  std::filesystem::create_directories(folder + "/videos");
  std::ofstream(folder + "/videos/epoch_1.mp4") << "0123456789";
  std::ofstream(home_ + "/token") << kToken;
  EXPECT_EQ(Get("/api/trials/1/0/videos/epoch_1.mp4").second, "0123456789");
  EXPECT_EQ(GetJson("/api/trials/1/0")["videos"][0]["name"], "epoch_1.mp4");
  const httplib::Result part =
      Client().Get("/api/trials/1/0/videos/epoch_1.mp4", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, "234");
  for (const char* path :
       {"/../../token", "/%2e%2e/%2e%2e/token", "/..%2f..%2ftoken", "//etc/passwd",
        "/api/trials/1/0/videos/../../../../token", "/api/trials/1/0/videos/..%2f..%2ftoken",
        "/api/trials/1/0/videos/%2e%2e%2f%2e%2e%2ftoken", "/api/trials/1/0/videos/.mp4",
        "/api/trials/1/0/videos/epoch_1.mp4%00.mp4", "/api/trials/1/..%2f..%2f0/row",
        "/api/trials/1/0/videos/", "/api/", "/api", "/api/trials/1", "/api/experiments/1/2/3/4"}) {
    const std::string answer = Raw(absl::StrCat(
        "GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(answer, AllOf(HasSubstr("HTTP/1.1 40"), Not(HasSubstr(kToken)))) << path;
  }
}

TEST_F(DashboardTest, BoundsWhatARequestMaySend) {
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

TEST_F(DashboardTest, LosesPatienceWithARequestThatDoesNotEnd) {
  dashboard_options_.server.head_timeout = absl::Milliseconds(20);
  StartAll();
  EXPECT_THAT(Raw("GET /api/service HTTP/1.1\r\nHost: loc"), Not(HasSubstr("HTTP/1.1 200")));
}

TEST_F(DashboardTest, AnswersExperimentsAsTheServiceDoes) {
  StartAll();
  Submit(3);
  const json answer = GetJson("/api/experiments/1");
  EXPECT_EQ(answer["trials"], 3);
  EXPECT_EQ(answer["trial_states"]["QUEUED"], 3);
  v1::Experiment experiment;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(answer["experiment"].dump(), &experiment)
                  .ok());
  const Catalog catalog(store_.get(), scheduler_.get(), results_.get());
  ASSERT_OK_AND_ASSIGN(v1::Experiment expected, catalog.Get({1, std::nullopt}));
  for (v1::Trial& trial : *expected.mutable_trials()) trial.clear_config();
  EXPECT_THAT(experiment, EqualsProto(expected));

  const json page = GetJson("/api/experiments/1?first=1&count=1");
  ASSERT_EQ(page["experiment"]["trials"].size(), 1u);
  EXPECT_EQ(page["experiment"]["trials"][0]["id"], "1/1");
  EXPECT_THAT(GetJson("/api/experiments/1?first=7")["experiment"]["trials"], IsEmpty());
  EXPECT_EQ(GetJson("/api/experiments")["experiments"][0]["trials"], 3);
  EXPECT_THAT(GetJson("/api/trials/1/0")["config_yaml"].get<std::string>(), HasSubstr("algorithm: mbpo"));
}

TEST_F(DashboardTest, SaysWhatIsWrongWithARequest) {
  StartAll();
  Submit(1);
  EXPECT_EQ(Get("/api/experiments/7").first, 404);
  EXPECT_THAT(Get("/api/experiments/7").second, HasSubstr("the newest is 1"));
  EXPECT_EQ(Get("/api/trials/1/9").first, 404);
  for (const char* path :
       {"/api/experiments/x", "/api/experiments/1?first=x", "/api/experiments/1?first=-1",
        "/api/experiments/1/curves", "/api/experiments/1/curves?metric=a&points=1",
        "/api/experiments/1/curves?metric=a&trials=0-5", "/api/trials/1/0/series",
        "/api/trials/1/0/logs?tail_lines=0", "/api/trials/1/-1"}) {
    EXPECT_EQ(Get(path).first, 400) << path;
  }
}

TEST_F(DashboardTest, DrawsCurvesOfGroupsAndSeriesOfTrials) {
  options_.slots = 2;
  StartAll();
  Submit(2);
  scheduler_->Tick();
  RegisterAll({1, 0}, 1);
  RegisterAll({1, 1}, 1);
  Report({1, 0}, 3, "a/b", 1);
  Report({1, 1}, 3, "a/b", 3);
  EXPECT_THAT(GetJson("/api/experiments/1/metrics")["names"], ElementsAre("a/b"));
  const json curves = GetJson("/api/experiments/1/curves?metric=a/b&metric=none");
  EXPECT_EQ(curves["groups"][0]["name"], "all trials");
  EXPECT_EQ(curves["groups"][0]["trials"], 2);
  const json& band = curves["curves"][0]["bands"][0];
  EXPECT_THAT(band["steps"], ElementsAre(10, 20, 30));
  EXPECT_THAT(band["mean"], ElementsAre(0, 2, 4));
  EXPECT_THAT(band["lowest"], ElementsAre(0, 1, 2));
  EXPECT_THAT(curves["curves"][1]["bands"][0]["steps"], IsEmpty());
  EXPECT_EQ(GetJson("/api/experiments/1/curves?metric=a/b&group=seed")["groups"].size(), 2u);
  EXPECT_THAT(GetJson("/api/experiments/1/curves?metric=a/b&trials=1")["curves"][0]["bands"][0]
                     ["mean"],
              ElementsAre(0, 3, 6));
  const json series = GetJson("/api/trials/1/1/series?metric=a%2Fb");
  EXPECT_THAT(series["series"][0]["values"], ElementsAre(0, 3, 6));
  EXPECT_EQ(GetJson("/api/trials/1/1/row")["rows"][0]["step"], "30");
}

TEST_F(DashboardTest, ShowsTheServiceAndItsWorkers) {
  StartAll();
  RunningTrial();
  const json service = GetJson("/api/service");
  EXPECT_EQ(service["service"]["slots"], 2);
  EXPECT_EQ(service["used_slots"], 1);
  EXPECT_EQ(service["workers"].size(), 3u);
}

TEST_F(DashboardTest, ChangesNothingWithoutTheToken) {
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

TEST_F(DashboardTest, SteersWithTheToken) {
  StartAll();
  const TrialId id = RunningTrial();
  const std::string token = absl::StrCat("Bearer ", kToken);
  EXPECT_EQ(Post("/api/trials/1/0/pause", token), 200);
  EXPECT_EQ(SchedulerFixture::Get(id).state(), v1::PAUSED);
  EXPECT_EQ(Post("/api/experiments/1/resume", token), 200);
  EXPECT_NE(SchedulerFixture::Get(id).state(), v1::PAUSED);
  EXPECT_EQ(Post("/api/experiments/1/preempt", token), 200);
  EXPECT_EQ(Post("/api/trials/1/0/cancel", token), 200);
  EXPECT_EQ(SchedulerFixture::Get(id).state(), v1::CANCELLED);
  EXPECT_EQ(Post("/api/trials/1/9/cancel", token), 404);
  EXPECT_EQ(Post("/api/experiments/1/explode", token), 404);
  EXPECT_EQ(Post("/api/experiments", token), 404);
}

// Reads events until `enough` says so; answers all of them.
template <typename Enough>
std::string Events(httplib::Client client, const std::string& path, Enough enough) {
  std::string text;
  client.Get(path, [&](const char* data, size_t size) {
    text.append(data, size);
    return !enough(text);
  });
  return text;
}

TEST_F(DashboardTest, SendsWhatChanges) {
  StartAll();
  Submit(2);
  bool ticked = false;
  const std::string text =
      Events(Client(), "/api/experiments/1/events", [&](const std::string& seen) {
        if (!ticked && absl::StrContains(seen, "\n\n")) {
          ticked = true;
          EXPECT_OK(scheduler_->Cancel({1, 1}));
        }
        return absl::StrContains(seen, "CANCELLED") && absl::EndsWith(seen, "\n\n");
      });
  std::vector<json> events;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::StartsWith(line, "data: ")) continue;
    events.push_back(json::parse(std::string(line.substr(6)), nullptr, false));
  }
  ASSERT_GE(events.size(), 2u);
  EXPECT_EQ(events[0]["experiment"]["trials"].size(), 2u);
  ASSERT_EQ(events.back()["experiment"]["trials"].size(), 1u) << "unchanged trials are sent again";
  EXPECT_EQ(events.back()["experiment"]["trials"][0]["id"], "1/1");
}

TEST_F(DashboardTest, FollowsLogs) {
  StartAll();
  const TrialId id = RunningTrial();
  std::filesystem::create_directories(results_->LogFolder(id));
  std::ofstream log(results_->LogFile(id, "learner.0"));
  log << "<script>first</script>\n" << std::flush;
  bool grown = false;
  const std::string text = Events(Client(), "/api/trials/1/0/logs", [&](const std::string& seen) {
    if (!grown && absl::StrContains(seen, "first")) {
      grown = true;
      log << "second\n" << std::flush;
    }
    return absl::StrContains(seen, "second");
  });
  EXPECT_THAT(text, HasSubstr("event: log\ndata: {\"trial_id\":\"1/0\",\"source\":\"learner\""));
}

TEST_F(DashboardTest, EndsStreamsWhenTheServiceStopsButAnswersOn) {
  StartAll();
  Submit(1);
  std::string text;
  std::thread reader([&] {
    text = Events(Client(), "/api/experiments/1/events", [&](const std::string& seen) {
      if (absl::StrContains(seen, "event:")) stop_.Trip("test");
      return false;
    });
  });
  reader.join();
  EXPECT_THAT(text, HasSubstr("event: experiment"));
  EXPECT_EQ(Get("/api/experiments/1/events").first, 503);
  EXPECT_EQ(Get("/api/experiments/1").first, 200);
}

TEST_F(DashboardTest, FeedsABoundedNumberOfStreams) {
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
    return absl::StrContains(Events(Client(), "/api/experiments/1/events",
                                    [](const std::string&) { return true; }),
                             "event:");
  }));
}

TEST_F(DashboardTest, ShutsDownUnderOpenConnections) {
  StartAll();
  Submit(1);
  std::string silent, half;
  Stop connected;
  std::thread stream([&] {
    Events(Client(), "/api/experiments/1/events", [&](const std::string&) {
      connected.Trip("test");
      return false;
    });
  });
  std::thread idle([&] { silent = Raw(""); });
  std::thread slow([&] { half = Raw("GET /api/service HTTP/1.1\r\nHost: 127."); });
  connected.Wait();
  stop_.Trip("test");
  dashboard_.reset();
  stream.join();
  idle.join();
  slow.join();
  EXPECT_THAT(silent, IsEmpty());
  EXPECT_THAT(half, Not(HasSubstr("HTTP/1.1 200")));
}

TEST_F(DashboardTest, SaysThatAPortIsInUse) {
  StartAll();
  Dashboard::Options options = dashboard_options_;
  options.port = dashboard_->port();
  const auto second =
      Dashboard::Start(options, {store_.get(), scheduler_.get(), results_.get(), &videos_, &stop_},
                       v1::ServiceInfo());
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("--dashboard_port")));
}

}  // namespace
}  // namespace vagram
