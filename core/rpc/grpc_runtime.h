#ifndef CORE_RPC_GRPC_RUNTIME_H_
#define CORE_RPC_GRPC_RUNTIME_H_

namespace vagram {

// Sets gRPC's library up for the process; called by whatever makes a channel or a server.
//
// Keeps gRPC's threads until the process ends. Without it, gRPC shuts down with its last channel or
// server and joins a thread of its own that, after a write that had to wait for the peer, polls for
// up to 10 s (tcp_posix.cc, run_poller): every program that streams would exit that late.
//
// Sends what gRPC would print by itself to our log, at verbosity 1: errors that matter come back as
// statuses, and users of the command line need not read them twice.
void PrepareGrpc();

// Has gRPC wait with poll() in place of epoll, unless the user chose (GRPC_POLL_STRATEGY): a third
// less latency per message for a process with a handful of connections (bench/lockstep_bench), and
// linear in their number, so not for a server of many. Call it first thing in main, while there is
// one thread and no channel or server.
void PreferLatency();

}  // namespace vagram

#endif  // CORE_RPC_GRPC_RUNTIME_H_
