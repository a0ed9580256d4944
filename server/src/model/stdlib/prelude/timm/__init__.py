"""Stands in for timm where it is not installed: the layers that other models are made with, none of its models."""
from _ecocompute_std import unknown


def __getattr__(name):
    return unknown("package `timm` was not found")
