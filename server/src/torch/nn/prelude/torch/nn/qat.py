"""Quantized building blocks are not interpreted."""
