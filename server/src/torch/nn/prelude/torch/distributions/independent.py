from ._composed import Independent
