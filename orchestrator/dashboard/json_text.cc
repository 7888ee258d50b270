#include "orchestrator/dashboard/json_text.h"

#include <nlohmann/json.hpp>

namespace vagram {

std::string JsonString(absl::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(/*indent=*/-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
}

}  // namespace vagram
