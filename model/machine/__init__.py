"""Devices, processes, GPUs and signals."""
