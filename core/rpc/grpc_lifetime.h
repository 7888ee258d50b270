#ifndef CORE_RPC_GRPC_LIFETIME_H_
#define CORE_RPC_GRPC_LIFETIME_H_

namespace vagram {

// Keeps gRPC's threads until the process ends. Without it, gRPC shuts down with its last channel or
// server and joins a thread of its own that, after a write that had to wait for the peer, polls for
// up to 10 s (tcp_posix.cc, run_poller): every program that streams would exit that late.
void KeepGrpcRunning();

}  // namespace vagram

#endif  // CORE_RPC_GRPC_LIFETIME_H_
