"""Comparison tables: papers side by side, each cell proved by a quote or "not said"."""
