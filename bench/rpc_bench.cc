// Latency of a call and of a stream's round trip on loopback, through the project's own server,
// channel and token check. The counters are microseconds; the mean is Google Benchmark's.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/rpc/channel.h"
#include "core/rpc/server.h"
#include "core/rpc/testdata/echo_service.h"

namespace vagram {
namespace {

using testdata::Echo;
using testdata::EchoMessage;

class EchoServer {
 public:
  EchoServer() {
    RpcServer::Options options;
    options.token = "secret";
    options.services = {&service_};
    auto server = RpcServer::Start(options);
    if (!server.ok()) return;
    server_ = *std::move(server);
    endpoint_ = {server_->address(), options.token};
  }

  bool running() const { return server_ != nullptr; }
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  EchoService service_;
  std::unique_ptr<RpcServer> server_;
  Endpoint endpoint_;
};

EchoMessage MessageOf(int64_t bytes) {
  EchoMessage message;
  message.set_payload(std::string(static_cast<size_t>(bytes), 'x'));
  return message;
}

// Times every `round_trip()` on its own; it says whether it succeeded.
template <typename F>
void MeasureRoundTrips(benchmark::State& state, F round_trip) {
  std::vector<double> microseconds;
  for (auto _ : state) {
    const int64_t start = absl::GetCurrentTimeNanos();
    if (!round_trip()) {
      state.SkipWithError("a call failed");
      return;
    }
    microseconds.push_back(static_cast<double>(absl::GetCurrentTimeNanos() - start) / 1e3);
  }
  if (microseconds.empty()) return;
  std::sort(microseconds.begin(), microseconds.end());
  for (const auto& [name, quantile] : {std::pair{"p50_us", 0.5}, std::pair{"p90_us", 0.9}}) {
    state.counters[name] =
        microseconds[static_cast<size_t>(quantile * static_cast<double>(microseconds.size() - 1))];
  }
}

void BM_UnaryCall(benchmark::State& state) {
  const EchoServer server;
  if (!server.running()) return state.SkipWithError("no server");
  const auto stub = Echo::NewStub(MakeChannel(server.endpoint()));
  const EchoMessage in = MessageOf(state.range(0));
  EchoMessage out;
  MeasureRoundTrips(state, [&] {
    return stub->Say(MakeContext(server.endpoint(), absl::Seconds(10)).get(), in, &out).ok();
  });
}
BENCHMARK(BM_UnaryCall)->Arg(100)->Arg(64 << 10)->UseRealTime()->Unit(benchmark::kMicrosecond);

void BM_StreamRoundTrip(benchmark::State& state) {
  const EchoServer server;
  if (!server.running()) return state.SkipWithError("no server");
  const auto stub = Echo::NewStub(MakeChannel(server.endpoint()));
  const auto context = MakeContext(server.endpoint(), absl::Minutes(10));
  const auto stream = stub->Chat(context.get());
  const EchoMessage in = MessageOf(state.range(0));
  EchoMessage out;
  MeasureRoundTrips(state, [&] { return stream->Write(in) && stream->Read(&out); });
  stream->WritesDone();
  stream->Finish();
}
BENCHMARK(BM_StreamRoundTrip)->Arg(100)->Arg(1 << 20)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace vagram

BENCHMARK_MAIN();
