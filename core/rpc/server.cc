#include "core/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_initializer.h>
#include <grpcpp/resource_quota.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "core/rpc/address.h"
#include "core/rpc/grpc_runtime.h"
#include "core/rpc/token.h"

namespace vagram {
namespace {

// The one place where calls are let in or turned away, before any handler runs.
class TokenCheck : public grpc::AuthMetadataProcessor {
 public:
  explicit TokenCheck(absl::string_view token) : header_(absl::StrCat("Bearer ", token)) {}

  // A comparison of some bytes: done at once on the connection's thread.
  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context,
                       OutputMetadata* consumed, OutputMetadata* response) override {
    const auto authorization = metadata.find("authorization");
    if (authorization != metadata.end() && SameSecret(View(authorization->second), header_)) {
      consumed->emplace("authorization", header_);  // handlers have no use for it
      return grpc::Status::OK;
    }
    const auto path = metadata.find(":path");
    if (path != metadata.end() && IsOpen(View(path->second))) return grpc::Status::OK;
    return grpc::Status(
        grpc::StatusCode::UNAUTHENTICATED,
        absl::StrCat(authorization == metadata.end() ? "no token in the call" : "wrong token",
                     "; send metadata \"authorization: Bearer TOKEN\" with the token that the "
                     "service keeps in $VAGRAM_HOME/token (~/.vagram/token by default)"));
  }

 private:
  static absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

  // What tells nothing of value and what probes and generic clients need.
  static bool IsOpen(absl::string_view path) {
    return absl::StartsWith(path, "/grpc.health.v1.Health/") ||
           absl::StartsWith(path, "/grpc.reflection.v1alpha.ServerReflection/");
  }

  const std::string header_;
};

// Notes the names of a server's services, which gRPC tells its plugins alone, as it does for
// reflection.
class NoteServiceNames : public grpc::ServerBuilderOption {
 public:
  explicit NoteServiceNames(std::vector<std::string>* names) : names_(names) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::make_unique<Plugin>(names_));
  }

 private:
  class Plugin : public grpc::ServerBuilderPlugin {
   public:
    explicit Plugin(std::vector<std::string>* names) : names_(names) {}
    std::string name() override { return "service_names"; }
    void InitServer(grpc::ServerInitializer*) override {}
    void Finish(grpc::ServerInitializer* server) override { *names_ = *server->GetServiceList(); }
    void ChangeArguments(const std::string&, void*) override {}

   private:
    std::vector<std::string>* const names_;
  };

  std::vector<std::string>* const names_;
};

std::shared_ptr<grpc::ServerCredentials> LoopbackCredentials(absl::string_view token) {
  // Local credentials shake no hands and encrypt nothing, so any plain-text client can connect,
  // but they refuse peers of other machines and, unlike insecure ones, let a processor look at
  // calls.
  auto credentials = grpc::experimental::LocalServerCredentials(LOCAL_TCP);
  credentials->SetAuthMetadataProcessor(std::make_shared<TokenCheck>(token));
  return credentials;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(const Options& options) {
  ASSIGN_OR_RETURN(HostPort address, ParseHostPort(options.address));
  if (!address.IsLoopback()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on ", options.address,
                     ": only loopback addresses such as 127.0.0.1:0 are served without TLS"));
  }
  if (options.token.empty()) {
    return absl::InvalidArgumentError(
        "the server's token is empty, expected a secret that its clients know");
  }
  if (options.max_threads < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_threads is ", options.max_threads, ", expected at least 1"));
  }

  PrepareGrpc();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.address, LoopbackCredentials(options.token), &port);
  for (grpc::Service* service : options.services) builder.RegisterService(service);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  // A second server on the same port is an error, not a partner to share calls with.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // A client that vanished without a word is noticed within 20 s, as the client notices us.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // One queue with one waiting thread; gRPC adds a thread per running handler up to the quota, of
  // which the waiting one takes its share, and answers RESOURCE_EXHAUSTED beyond it.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  builder.SetResourceQuota(grpc::ResourceQuota("handlers").SetMaxThreads(options.max_threads + 1));

  if (options.observer != nullptr) {
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
    creators.push_back(MakeObservingInterceptors(options.observer));
    builder.experimental().SetInterceptorCreators(std::move(creators));
  }
  std::vector<std::string> names;
  builder.SetOption(std::make_unique<NoteServiceNames>(&names));

  std::unique_ptr<RpcServer> server(new RpcServer);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", options.address,
        ": the port is in use or not ours to take; stop the other process (`ss -ltnp` names it) "
        "or choose another port, 0 for any"));
  }
  address.port = port;
  server->address_ = ToString(address);
  grpc::HealthCheckServiceInterface& health = *server->server_->GetHealthCheckService();
  health.SetServingStatus(true);
  for (const std::string& name : names) health.SetServingStatus(name, true);
  return server;
}

RpcServer::~RpcServer() { Shutdown(absl::ZeroDuration()); }

void RpcServer::AnnounceStop() { server_->GetHealthCheckService()->Shutdown(); }

void RpcServer::Shutdown(absl::Duration grace) {
  absl::MutexLock lock(&mu_);
  if (server_ == nullptr || shut_down_) return;
  shut_down_ = true;
  AnnounceStop();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
}

}  // namespace vagram
