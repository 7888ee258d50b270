#include "orchestrator/dashboard/http_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <exception>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "core/base/logging.h"
#include "orchestrator/dashboard/connection.h"

namespace vagram {
namespace {

constexpr size_t kMaxRequestsPerConnection = 1000;

// The threads that serve connections. Unlike the library's own pool they have a bounded queue: the
// thread that accepts connections waits while it is full.
class Workers {
 public:
  explicit Workers(int threads) : max_waiting_(static_cast<size_t>(threads)) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  }

  ~Workers() { Join(); }

  void Add(std::function<void()> task) {
    absl::MutexLock lock(&mu_);
    const auto has_room = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return closed_ || tasks_.size() < max_waiting_;
    };
    mu_.Await(absl::Condition(&has_room));
    tasks_.push_back(std::move(task));  // also when closed: it closes its socket
  }

  // Ends the wait of Add, and the threads once nothing is left to do.
  void Close() {
    absl::MutexLock lock(&mu_);
    closed_ = true;
  }

  void Join() {
    Close();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  bool HasWaiting() const {
    absl::MutexLock lock(&mu_);
    return !tasks_.empty();
  }

 private:
  void Work() {
    while (true) {
      std::function<void()> task;
      {
        absl::MutexLock lock(&mu_);
        const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
          return closed_ || !tasks_.empty();
        };
        mu_.Await(absl::Condition(&has_work));
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

  const size_t max_waiting_;
  mutable absl::Mutex mu_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

// The library deletes its queue when it stops listening; the workers stay.
class Queue : public httplib::TaskQueue {
 public:
  explicit Queue(Workers* workers) : workers_(workers) {}
  void enqueue(std::function<void()> task) override { workers_->Add(std::move(task)); }
  void shutdown() override { workers_->Join(); }

 private:
  Workers* const workers_;
};

// Whether a body follows the head.
bool HasBody(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding") ||
         (request.has_header("Content-Length") &&
          request.get_header_value("Content-Length") != "0");
}

}  // namespace

class HttpServer::Listener : private httplib::Server {
 public:
  Listener(const HttpServer::Options& options, HttpServer::Handler handler)
      : options_(options), handler_(std::move(handler)), workers_(options.max_connections) {
    set_default_headers(options.headers);
    set_keep_alive_max_count(kMaxRequestsPerConnection);
    // The library's default would let another process share the port.
    set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    // The one way in: before the library looks at paths or reads a body.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      try {
        handler_(request, response);
      } catch (const std::exception& error) {
        LOG(ERROR) << "dashboard: unexpected exception: " << error.what();
        response.status = 500;
      }
      return HandlerResponse::Handled;
    });
    new_task_queue = [this] { return new Queue(&workers_); };
  }

  // The port; -1 when there is none.
  int Bind() {
    if (options_.port == 0) return bind_to_any_port("127.0.0.1");
    return bind_to_port("127.0.0.1", options_.port) ? options_.port : -1;
  }

  void Listen() {
    thread_ = std::thread([this] {
      LOG_IF(ERROR, !listen_after_bind()) << "dashboard: accepts no connections any more";
      ended_ = true;
    });
    // A stop before it runs would be lost.
    while (!is_running() && !ended_) std::this_thread::yield();
  }

  void Shutdown() {
    if (!thread_.joinable()) return;
    {
      absl::MutexLock lock(&mu_);
      stopping_ = true;
      for (const socket_t socket : open_) ::shutdown(socket, SHUT_RDWR);
    }
    stop();
    workers_.Close();
    thread_.join();
  }

 private:
  bool process_and_close_socket(socket_t socket) override {
    {
      absl::MutexLock lock(&mu_);
      if (stopping_) {
        close(socket);
        return false;
      }
      open_.insert(socket);
    }
    const int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    Serve(socket);
    absl::MutexLock lock(&mu_);
    open_.erase(socket);
    close(socket);
    return true;
  }

  void Serve(socket_t socket) {
    Connection connection(socket,
                          {options_.max_head_bytes, options_.head_timeout, options_.write_timeout});
    bool has_body = false, unread = false;
    for (size_t left = kMaxRequestsPerConnection; left > 0; --left) {
      // Who waits for a thread goes before who may ask again.
      const bool first = left == kMaxRequestsPerConnection;
      const bool hurry = !first && workers_.HasWaiting();
      if (!connection.AwaitRequest(hurry ? absl::ZeroDuration() : options_.idle_timeout)) break;
      bool closed = false;
      const bool answered =
          process_request(connection, left == 1, closed, [&](httplib::Request& request) {
            request.headers.erase("Accept-Encoding");
            // The library would copy the body once for each of thousands of ranges.
            if (request.ranges.size() > 1) request.ranges.clear();
            has_body = HasBody(request);
          });
      unread = has_body || connection.broken();
      if (!answered || closed || unread) break;
    }
    if (unread) connection.CloseGently();
  }

  const HttpServer::Options options_;
  const HttpServer::Handler handler_;
  std::thread thread_;
  std::atomic<bool> ended_{false};
  absl::Mutex mu_;
  std::set<socket_t> open_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  Workers workers_;  // last: its threads use the others
};

HttpServer::HttpServer() = default;

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const Options& options,
                                                              Handler handler) {
  std::unique_ptr<HttpServer> server(new HttpServer);
  server->listener_ = std::make_unique<Listener>(options, std::move(handler));
  server->port_ = server->listener_->Bind();
  if (server->port_ < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on 127.0.0.1:", options.port,
                     " for the dashboard: the port is in use or not ours to take; choose another "
                     "with --dashboard_port, 0 for any, -1 for no dashboard"));
  }
  server->listener_->Listen();
  return server;
}

HttpServer::~HttpServer() { Shutdown(); }

void HttpServer::Shutdown() {
  if (listener_ != nullptr) listener_->Shutdown();
}

}  // namespace vagram
