#ifndef ORCHESTRATOR_DASHBOARD_HTTP_SERVER_H_
#define ORCHESTRATOR_DASHBOARD_HTTP_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "httplib.h"

namespace vagram {

// An HTTP/1.1 server on 127.0.0.1 for a page and its API. cpp-httplib listens, parses and writes;
// this class bounds what it would not: connections, the bytes and the time that a request's head
// may take, and the end: Shutdown ends every read and write at once. Bodies of requests are never
// read; a connection that sent one is closed after the answer. Answers are not compressed: the
// library would spend seconds of CPU on what takes milliseconds to send. Thread-safe.
class HttpServer {
 public:
  struct Options {
    int port = 0;              // 0: any
    int max_connections = 28;  // served at a time, by a thread each; as many wait, others in the
                               // kernel's queue
    size_t max_head_bytes = 32 << 10;
    absl::Duration head_timeout = absl::Seconds(10);
    absl::Duration idle_timeout = absl::Seconds(5);    // between two requests of a connection
    absl::Duration write_timeout = absl::Seconds(10);  // without a byte taken by the client
    httplib::Headers headers;                          // of every answer
  };
  // Answers GET, HEAD, POST and whatever else clients send, on several threads at a time. Handlers
  // that wait must watch a Stop of their own, and end streams whose sink is not writable.
  using Handler = std::function<void(const httplib::Request&, httplib::Response&)>;

  //   UNAVAILABLE: the port is in use.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const Options& options, Handler handler);

  ~HttpServer();  // Shutdown

  int port() const { return port_; }

  // Closes all connections and waits for running handlers. Idempotent.
  void Shutdown();

 private:
  class Listener;
  HttpServer();

  std::unique_ptr<Listener> listener_;
  int port_ = 0;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_HTTP_SERVER_H_
