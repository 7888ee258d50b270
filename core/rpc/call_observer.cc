#include "core/rpc/call_observer.h"

#include <grpcpp/support/interceptor.h>

#include "absl/time/clock.h"

namespace vagram {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

class ObservingInterceptor : public grpc::experimental::Interceptor {
 public:
  ObservingInterceptor(const ServerRpcInfo* info, CallObserver* observer)
      : info_(info), observer_(observer) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const int code = methods->GetSendStatus().error_code();
      observer_->OnAnswer(info_->method(), info_->type() == ServerRpcInfo::Type::UNARY,
                          static_cast<absl::StatusCode>(code), absl::Now() - start_);
    }
    methods->Proceed();
  }

 private:
  const ServerRpcInfo* const info_;  // owns this interceptor
  CallObserver* const observer_;
  const absl::Time start_ = absl::Now();
};

class ObservingInterceptors : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit ObservingInterceptors(CallObserver* observer) : observer_(observer) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    return new ObservingInterceptor(info, observer_);
  }

 private:
  CallObserver* const observer_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeObservingInterceptors(
    CallObserver* observer) {
  return std::make_unique<ObservingInterceptors>(observer);
}

}  // namespace vagram
