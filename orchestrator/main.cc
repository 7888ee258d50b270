// The orchestrator: queues trials, launches and watches their workers, answers users.
// Exit codes: 0 stopped in good order, 1 could not serve, 2 bad command line.
#include <iostream>

#include "core/base/clock.h"
#include "core/base/logging.h"
#include "core/base/stop.h"
#include "orchestrator/flags.h"
#include "orchestrator/launcher/local_launcher.h"
#include "orchestrator/orchestrator.h"

int main(int argc, char** argv) {
  const auto options = vagram::OptionsFromCommandLine(argc, argv);
  if (!options.ok()) {
    std::cerr << "orchestrator: " << options.status().message() << "\n";
    return 2;
  }
  vagram::InitLogging(argv[0]);
  vagram::Stop stop;
  vagram::SignalThread signals(&stop);
  vagram::LocalLauncher launcher;
  const auto orchestrator =
      vagram::Orchestrator::Start(*options, &launcher, vagram::Clock::Real(), &stop);
  if (!orchestrator.ok()) {
    std::cerr << "orchestrator: " << orchestrator.status().message() << "\n";
    return 1;
  }
  stop.Wait();
  return 0;
}
