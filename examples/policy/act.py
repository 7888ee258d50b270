"""Acts with an exported policy: act.py POLICY.pt < observations, one a line; actions come out."""
import sys

import torch

policy = torch.jit.load(sys.argv[1])
for line in sys.stdin:
    observation = torch.tensor([float(number) for number in line.split()])
    print(*policy(observation).tolist())
