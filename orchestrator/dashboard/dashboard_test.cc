#include "orchestrator/dashboard/dashboard.h"

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
#include "orchestrator/dashboard/dashboard_fixture.h"
#include "testing/proto_matchers.h"

namespace vagram {
namespace {

using ::nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using DashboardTest = DashboardFixture;

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

TEST_F(DashboardTest, AnswersExperimentsAsTheServiceDoes) {
  StartAll();
  Submit(3);
  const json answer = GetJson("/api/experiments/1");
  EXPECT_EQ(answer["trials"], 3);
  EXPECT_EQ(answer["trial_states"]["QUEUED"], 3);
  EXPECT_EQ(answer["swept_keys"], json::parse(R"({"task": [], "group": []})"));
  v1::Experiment experiment;
  ASSERT_TRUE(
      google::protobuf::util::JsonStringToMessage(answer["experiment"].dump(), &experiment).ok());
  const Catalog catalog(store_.get(), scheduler_.get(), results_.get());
  ASSERT_OK_AND_ASSIGN(v1::Experiment expected, catalog.Get({1, std::nullopt}));
  for (v1::Trial& trial : *expected.mutable_trials()) trial.clear_config();
  EXPECT_THAT(experiment, EqualsProto(expected));

  const json page = GetJson("/api/experiments/1?first=1&count=1");
  ASSERT_EQ(page["experiment"]["trials"].size(), 1u);
  EXPECT_EQ(page["experiment"]["trials"][0]["id"], "1/1");
  EXPECT_THAT(GetJson("/api/experiments/1?first=7")["experiment"]["trials"], IsEmpty());
  EXPECT_EQ(GetJson("/api/experiments")["experiments"][0]["trials"], 3);
  EXPECT_THAT(GetJson("/api/trials/1/0")["config_yaml"].get<std::string>(),
              HasSubstr("algorithm: mbpo"));
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
  EXPECT_THAT(
      GetJson("/api/experiments/1/curves?metric=a/b&trials=1")["curves"][0]["bands"][0]["mean"],
      ElementsAre(0, 3, 6));
  const json series = GetJson("/api/trials/1/1/series?metric=a%2Fb");
  EXPECT_THAT(series["series"][0]["values"], ElementsAre(0, 3, 6));
  EXPECT_EQ(GetJson("/api/trials/1/1/row")["rows"][0]["step"], "30");
}

TEST_F(DashboardTest, ComparesGroupsAsTheCommandLineDoes) {
  options_.slots = 2;
  StartAll();
  Submit(2);
  scheduler_->Tick();
  RegisterAll({1, 0}, 1);
  RegisterAll({1, 1}, 1);
  EXPECT_EQ(Get("/api/experiments/1/comparison").first, 409) << "nobody has reported a return yet";
  Report({1, 0}, 3, "evaluate/return_mean", 1);
  Report({1, 1}, 3, "evaluate/return_mean", 3);
  EXPECT_EQ(Get("/api/experiments/1/comparison?trials=0-1").first, 409) << "nobody has succeeded";
  const json all = GetJson("/api/experiments/1/comparison?unfinished=1");
  ASSERT_EQ(all["strata"].size(), 1u);
  EXPECT_EQ(all["strata"][0]["last_step"], 30);
  EXPECT_EQ(all["strata"][0]["groups"][0]["num_seeds"], 2);
  EXPECT_EQ(all["strata"][0]["groups"][0]["mean"], 4);
  const json one = GetJson("/api/experiments/1/comparison?unfinished=1&trials=1");
  EXPECT_EQ(one["strata"][0]["groups"][0]["seeds"][0]["trial"], "1/1");
  for (const char* query : {"group=no.such.key", "metric=a&metric=b", "trials=7"}) {
    EXPECT_EQ(Get(absl::StrCat("/api/experiments/1/comparison?unfinished=1&", query)).first, 400)
        << query;
  }
  EXPECT_EQ(Get("/api/experiments/7/comparison").first, 404);
}

TEST_F(DashboardTest, ShowsTheServiceAndItsWorkers) {
  StartAll();
  RunningTrial();
  const json service = GetJson("/api/service");
  EXPECT_EQ(service["service"]["slots"], 2);
  EXPECT_EQ(service["service"]["used_slots"], 1);
  EXPECT_EQ(service["workers"].size(), 3u);
}

TEST_F(DashboardTest, TellsPrometheusHowTheServiceIs) {
  StartAll();
  RunningTrial();
  const httplib::Result result = Client().Get("/metrics");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(result->body, HasSubstr("\nvagram_trials{state=\"running\"} 1\n"));
  EXPECT_EQ(Get("/metrics", {{"Host", "elsewhere.org"}}).first, 421);
}

TEST_F(DashboardTest, SteersWithTheToken) {
  StartAll();
  const TrialId id = RunningTrial();
  const std::string token = absl::StrCat("Bearer ", kDashboardToken);
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

TEST_F(DashboardTest, SendsWhatChanges) {
  StartAll();
  Submit(2);
  bool ticked = false;
  const std::string text = Events("/api/experiments/1/events", [&](const std::string& seen) {
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
  const std::string text = Events("/api/trials/1/0/logs", [&](const std::string& seen) {
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
    text = Events("/api/experiments/1/events", [&](const std::string& seen) {
      if (absl::StrContains(seen, "event:")) stop_.Trip("test");
      return false;
    });
  });
  reader.join();
  EXPECT_THAT(text, HasSubstr("event: experiment"));
  EXPECT_EQ(Get("/api/experiments/1/events").first, 503);
  EXPECT_EQ(Get("/api/experiments/1").first, 200);
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
