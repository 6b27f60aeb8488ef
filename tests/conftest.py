"""Tests run torch on one thread: their models are so small that more threads only wait for each other."""

import torch

torch.set_num_threads(1)
