// Acts with an exported policy: act POLICY.pt < observations, one a line; actions come out.
#include <torch/script.h>

#include <iomanip>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  torch::jit::Module policy = torch::jit::load(argc > 1 ? argv[1] : "policy.pt");
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream numbers(line);
    std::vector<float> observation(std::istream_iterator<float>(numbers), {});
    const at::Tensor action = policy.forward({torch::tensor(observation)}).toTensor();
    for (int64_t i = 0; i < action.numel(); ++i) {
      std::cout << std::setprecision(9) << action[i].item<float>()
                << (i + 1 < action.numel() ? " " : "\n");
    }
  }
}
