#ifndef CORE_WORKER_EXIT_CODES_H_
#define CORE_WORKER_EXIT_CODES_H_

namespace vagram {

// How a worker's process ends.
enum WorkerExit : int {
  kExitDone = 0,      // its work is done, or nobody wants it any more
  kExitFailed = 1,    // it failed, or lost the orchestrator
  kExitUsage = 2,     // bad command line
  kExitRequeue = 75,  // it was told to end (SIGTERM, SIGINT): start it again. EX_TEMPFAIL
};

}  // namespace vagram

#endif  // CORE_WORKER_EXIT_CODES_H_
