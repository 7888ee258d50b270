#include "orchestrator/dashboard/dashboard.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "core/rpc/token.h"
#include "orchestrator/dashboard/assets.h"
#include "orchestrator/dashboard/json_text.h"

namespace vagram {
namespace {

constexpr char kJson[] = "application/json";
constexpr size_t kMaxPathBytes = 1000;
constexpr size_t kChunkBytes = 256 << 10;

// Of every answer. Nothing but what this server itself serves is loaded, run, framed or asked.
httplib::Headers Headers() {
  return {{"Content-Security-Policy",
           "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Cross-Origin-Opener-Policy", "same-origin"}};
}

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kFailedPrecondition:
      return 409;
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

void Refuse(int http_status, const absl::Status& status, httplib::Response& response) {
  response.status = http_status;
  response.set_header("Cache-Control", "no-store");
  response.set_content(absl::StrCat("{\"code\":", static_cast<int>(status.code()),
                                    ",\"message\":", JsonString(status.message()), "}"),
                       kJson);
}

// Whether the request was sent to this machine by name. A port may be that of a tunnel.
bool NamesThisMachine(absl::string_view host) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(host, absl::MaxSplits(':', 1));
  int port = 0;
  const bool good_port = host.find(':') == host.npos ||
                         (absl::SimpleAtoi(parts.second, &port) && port > 0 && port < 65536);
  const std::string name = absl::AsciiStrToLower(parts.first);
  return good_port && (name == "127.0.0.1" || name == "localhost");
}

// The parts of a path below /api; nullopt: it is no such path.
std::optional<std::vector<std::string>> ApiPath(const std::string& path) {
  std::vector<std::string> parts = absl::StrSplit(path, '/');
  if (parts.size() < 3 || parts[1] != "api") return std::nullopt;
  parts.erase(parts.begin(), parts.begin() + 2);
  return parts;
}

absl::Status NoSuchPath() {
  return absl::NotFoundError("no such path; docs/dashboard.md lists those of the API");
}

// A number of the query.   INVALID_ARGUMENT: it is none.
absl::StatusOr<int64_t> Number(const httplib::Request& request, const std::string& name,
                               int64_t otherwise) {
  if (!request.has_param(name.c_str())) return otherwise;
  int64_t number = 0;
  if (!absl::SimpleAtoi(request.get_param_value(name.c_str()), &number)) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": expected a number"));
  }
  return number;
}

absl::StatusOr<DashboardApi::Query> ReadQuery(const httplib::Request& request) {
  DashboardApi::Query query;
  const auto [metric, last_metric] = request.params.equal_range("metric");
  for (auto it = metric; it != last_metric; ++it) query.metrics.push_back(it->second);
  const auto [group, last_group] = request.params.equal_range("group");
  for (auto it = group; it != last_group; ++it) query.group.push_back(it->second);
  query.trials = request.get_param_value("trials");
  ASSIGN_OR_RETURN(query.max_points, Number(request, "points", query.max_points));
  ASSIGN_OR_RETURN(const int64_t unfinished, Number(request, "unfinished", 0));
  query.unfinished = unfinished != 0;
  return query;
}

absl::StatusOr<int64_t> ExperimentIn(const std::string& text) {
  ASSIGN_OR_RETURN(const ExperimentOrTrial id, ParseExperimentOrTrial(text));
  return id.experiment;
}

// The file piece by piece, as far as the client asks for it.
absl::Status SendFile(const std::string& path, httplib::Response& response) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const std::shared_ptr<void> file(nullptr, [fd](void*) {
    if (fd >= 0) close(fd);
  });
  struct stat info = {};
  if (fd < 0 || fstat(fd, &info) != 0) return absl::NotFoundError("the file cannot be read");
  response.set_header("Accept-Ranges", "bytes");
  response.set_content_provider(
      static_cast<size_t>(info.st_size), "video/mp4",
      [fd, file](size_t offset, size_t length, httplib::DataSink& sink) {
        std::vector<char> chunk(std::min(length, kChunkBytes));
        const ssize_t count = pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(offset));
        return count > 0 && sink.write(chunk.data(), static_cast<size_t>(count));
      });
  return absl::OkStatus();
}

}  // namespace

Dashboard::Dashboard(const Options& options, const DashboardApi::Deps& deps,
                     const v1::ServiceInfo& info)
    : authorization_(absl::StrCat("Bearer ", options.token)), api_(deps, info), streams_(&api_) {}

absl::StatusOr<std::unique_ptr<Dashboard>> Dashboard::Start(const Options& options,
                                                            const DashboardApi::Deps& deps,
                                                            const v1::ServiceInfo& info) {
  if (options.token.empty()) {
    return absl::InvalidArgumentError("the dashboard's token is empty, expected the service's");
  }
  auto dashboard = absl::WrapUnique(new Dashboard(options, deps, info));
  HttpServer::Options server = options.server;
  server.port = options.port;
  server.headers = Headers();
  ASSIGN_OR_RETURN(
      dashboard->server_,
      HttpServer::Start(server, [self = dashboard.get()](const httplib::Request& request,
                                                         httplib::Response& response) {
        self->Answer(request, response);
      }));
  return dashboard;
}

std::string Dashboard::url() const { return absl::StrCat("http://127.0.0.1:", port(), "/"); }

void Dashboard::Answer(const httplib::Request& request, httplib::Response& response) {
  if (request.get_header_value_count("Host") != 1 ||
      !NamesThisMachine(request.get_header_value("Host"))) {
    Refuse(421,
           absl::PermissionDeniedError("expected 127.0.0.1 or localhost as the request's host"),
           response);
  } else if (request.path.size() > kMaxPathBytes) {
    Refuse(414, absl::InvalidArgumentError("the path is too long"), response);
  } else if (request.method == "GET" || request.method == "HEAD") {
    AnswerGet(request, response);
  } else if (request.method == "POST") {
    const absl::Status status = AnswerPost(request, response);
    if (!status.ok()) Refuse(HttpStatus(status.code()), status, response);
  } else {
    response.set_header("Allow", "GET, HEAD, POST");
    Refuse(405, absl::UnimplementedError("expected GET, HEAD or POST"), response);
  }
}

void Dashboard::AnswerGet(const httplib::Request& request, httplib::Response& response) {
  if (const Asset* const asset = FindAsset(request.path)) {
    response.set_header("Cache-Control", "no-cache");
    response.set_header("ETag", asset->tag);
    if (request.get_header_value("If-None-Match") == asset->tag) {
      response.status = 304;
      return;
    }
    response.set_content(asset->content.data(), asset->content.size(), asset->content_type);
    return;
  }
  if (request.path == "/metrics") {
    response.set_header("Cache-Control", "no-store");
    response.set_content(api_.deps().metrics->Text(), ServiceMetrics::kContentType);
    return;
  }
  const std::optional<std::vector<std::string>> path = ApiPath(request.path);
  if (!path.has_value()) return Refuse(404, NoSuchPath(), response);
  response.set_header("Cache-Control", "no-store");
  const auto answer = [&]() -> absl::Status {
    const size_t size = path->size();
    const std::string& last = path->back();
    const bool of_trial = (*path)[0] == "trials" && size >= 4;
    if (size == 3 && (*path)[0] == "experiments" && last == "events") {
      ASSIGN_OR_RETURN(const int64_t id, ExperimentIn((*path)[1]));
      ASSIGN_OR_RETURN(EventStreams::Stream stream, streams_.OfExperiment(id));
      return AnswerStream(std::move(stream), response);
    }
    if (of_trial && size == 4 && last == "logs") {
      ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(absl::StrCat((*path)[1], "/", (*path)[2])));
      ASSIGN_OR_RETURN(const int64_t lines, Number(request, "tail_lines", 500));
      ASSIGN_OR_RETURN(EventStreams::Stream stream, streams_.OfLogs(id, lines));
      return AnswerStream(std::move(stream), response);
    }
    if (of_trial && size == 5 && (*path)[3] == "videos") {
      ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(absl::StrCat((*path)[1], "/", (*path)[2])));
      ASSIGN_OR_RETURN(const std::string file, api_.VideoFile(id, last));
      return SendFile(file, response);
    }
    ASSIGN_OR_RETURN(const std::string json, AnswerApi(request));
    response.set_content(json, kJson);
    return absl::OkStatus();
  };
  const absl::Status status = answer();
  if (!status.ok()) Refuse(HttpStatus(status.code()), status, response);
}

absl::StatusOr<std::string> Dashboard::AnswerApi(const httplib::Request& request) {
  const std::vector<std::string> path = *ApiPath(request.path);
  const std::string& what = path.back();
  if (path.size() == 1 && what == "service") return api_.Service();
  if (path.size() == 1 && what == "experiments") {
    ASSIGN_OR_RETURN(const int64_t limit, Number(request, "limit", 100));
    return api_.Experiments(static_cast<int>(std::min<int64_t>(limit, 1000)));
  }
  if (path[0] == "experiments" && (path.size() == 2 || path.size() == 3)) {
    ASSIGN_OR_RETURN(const int64_t id, ExperimentIn(path[1]));
    if (path.size() == 2) {
      ASSIGN_OR_RETURN(const int64_t first, Number(request, "first", 0));
      ASSIGN_OR_RETURN(const int64_t count, Number(request, "count", 0));
      return api_.Experiment(id, first, count);
    }
    if (what == "metrics") return api_.MetricNames(id);
    if (what == "curves") {
      ASSIGN_OR_RETURN(const DashboardApi::Query query, ReadQuery(request));
      return api_.Curves(id, query);
    }
    if (what == "comparison") {
      ASSIGN_OR_RETURN(const DashboardApi::Query query, ReadQuery(request));
      return api_.Comparison(id, query);
    }
  }
  if (path[0] == "trials" && (path.size() == 3 || path.size() == 4)) {
    ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(absl::StrCat(path[1], "/", path[2])));
    if (path.size() == 3) return api_.Trial(id);
    if (what == "row") return api_.LastRow(id);
    if (what == "series") {
      ASSIGN_OR_RETURN(const DashboardApi::Query query, ReadQuery(request));
      return api_.Series(id, query);
    }
  }
  return NoSuchPath();
}

absl::Status Dashboard::AnswerStream(EventStreams::Stream stream, httplib::Response& response) {
  response.set_chunked_content_provider(
      "text/event-stream", [stream = std::move(stream)](size_t, httplib::DataSink& out) {
        const EventStreams::Sink sink = {
            [&out](const std::string& text) { return out.write(text.data(), text.size()); },
            [&out] { return out.is_writable(); }};
        return stream(sink);
      });
  return absl::OkStatus();
}

absl::Status Dashboard::AnswerPost(const httplib::Request& request, httplib::Response& response) {
  // Before anything else: who has no token learns nothing, not even what exists.
  if (!SameSecret(request.get_header_value("Authorization"), authorization_)) {
    response.set_header("WWW-Authenticate", "Bearer");
    return absl::UnauthenticatedError(
        "expected the header `Authorization: Bearer TOKEN` with the token that the service keeps "
        "in $VAGRAM_HOME/token (~/.vagram/token by default)");
  }
  const std::optional<std::vector<std::string>> path = ApiPath(request.path);
  if (!path.has_value()) return NoSuchPath();
  std::string id_text;
  if ((*path)[0] == "experiments" && path->size() == 3) {
    id_text = (*path)[1];
  } else if ((*path)[0] == "trials" && path->size() == 4) {
    id_text = absl::StrCat((*path)[1], "/", (*path)[2]);
  } else {
    return NoSuchPath();
  }
  ASSIGN_OR_RETURN(const ExperimentOrTrial id, ParseExperimentOrTrial(id_text));
  ASSIGN_OR_RETURN(const std::string json, api_.Steer(path->back(), id));
  response.set_header("Cache-Control", "no-store");
  response.set_content(json, kJson);
  return absl::OkStatus();
}

}  // namespace vagram
