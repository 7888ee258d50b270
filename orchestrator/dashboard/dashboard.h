#ifndef ORCHESTRATOR_DASHBOARD_DASHBOARD_H_
#define ORCHESTRATOR_DASHBOARD_DASHBOARD_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "orchestrator/dashboard/dashboard_api.h"
#include "orchestrator/dashboard/event_streams.h"
#include "orchestrator/dashboard/http_server.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// The page in the browser, its API and the metrics for Prometheus, served on 127.0.0.1. Whoever may
// connect may look; what changes anything wants the service's token. Requests are answered only if
// they name this machine as their host, so that no page of another site can reach the API under a
// name of its own, and pages may load nothing from elsewhere. Event streams end when `deps.stop` is
// tripped; all else is served until the dashboard is destroyed, so that one can watch a service
// stop.
class Dashboard {
 public:
  struct Options {
    int port = 0;  // 0: any
    std::string token;
    HttpServer::Options server;  // port and headers are filled in here
  };

  //   UNAVAILABLE: the port is in use.
  static absl::StatusOr<std::unique_ptr<Dashboard>> Start(const Options& options,
                                                          const DashboardApi::Deps& deps,
                                                          const v1::ServiceInfo& info);

  int port() const { return server_->port(); }
  std::string url() const;

 private:
  Dashboard(const Options& options, const DashboardApi::Deps& deps, const v1::ServiceInfo& info);

  void Answer(const httplib::Request& request, httplib::Response& response);
  void AnswerGet(const httplib::Request& request, httplib::Response& response);
  absl::StatusOr<std::string> AnswerApi(const httplib::Request& request);
  absl::Status AnswerStream(EventStreams::Stream stream, httplib::Response& response);
  absl::Status AnswerPost(const httplib::Request& request, httplib::Response& response);

  const std::string authorization_;  // what the header of that name must be
  DashboardApi api_;
  EventStreams streams_;
  std::unique_ptr<HttpServer> server_;  // last: its threads use the others
};

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_DASHBOARD_H_
