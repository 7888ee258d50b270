#ifndef ORCHESTRATOR_DASHBOARD_DASHBOARD_FIXTURE_H_
#define ORCHESTRATOR_DASHBOARD_DASHBOARD_FIXTURE_H_

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/base/stop.h"
#include "gtest/gtest.h"
#include "orchestrator/dashboard/dashboard.h"
#include "orchestrator/monitoring/call_metrics.h"
#include "orchestrator/monitoring/service_metrics.h"
#include "orchestrator/scheduler_fixture.h"
#include "testing/status_matchers.h"

namespace vagram {

inline constexpr char kDashboardToken[] = "s3cret";

// The dashboard over a real store and scheduler, asked over its socket; only the workers are fake.
class DashboardFixture : public SchedulerFixture {
 protected:
  ~DashboardFixture() override {
    stop_.Trip("the test ends");
    dashboard_.reset();
  }

  void StartAll() {
    Start();
    v1::ServiceInfo info;
    info.set_slots(2);
    info.set_home(home_);
    metrics_ = std::make_unique<ServiceMetrics>(
        ServiceMetrics::Deps{store_.get(), scheduler_.get(), &videos_, &calls_}, info);
    ASSERT_OK_AND_ASSIGN(dashboard_,
                         Dashboard::Start(dashboard_options_,
                                          {store_.get(), scheduler_.get(), results_.get(), &videos_,
                                           &stop_, metrics_.get()},
                                          info));
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

  nlohmann::json GetJson(const std::string& path) {
    const auto [status, body] = Get(path);
    EXPECT_EQ(status, 200) << path << ": " << body;
    return nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
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

  // Reads events until `enough` says so; answers all of them.
  template <typename Enough>
  std::string Events(const std::string& path, Enough enough) {
    std::string text;
    Client().Get(path, [&](const char* data, size_t size) {
      text.append(data, size);
      return !enough(text);
    });
    return text;
  }

  // A connection over which those bytes have been sent, or as many of them as the server took.
  int Connect(const std::string& bytes) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(dashboard_->port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<size_t>(count);
    }
    return fd;
  }

  // What comes until the server closes the connection.
  static std::string ReadToTheEnd(int fd) {
    std::string answer;
    char buffer[4096];
    for (ssize_t count; (count = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
      answer.append(buffer, static_cast<size_t>(count));
    }
    close(fd);
    return answer;
  }

  std::string Raw(const std::string& bytes) { return ReadToTheEnd(Connect(bytes)); }

  Stop stop_;
  CallMetrics calls_;
  std::unique_ptr<ServiceMetrics> metrics_;
  Dashboard::Options dashboard_options_ = {0, kDashboardToken, {}};
  std::unique_ptr<Dashboard> dashboard_;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_DASHBOARD_FIXTURE_H_
