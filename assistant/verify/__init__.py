"""Verification: a claim and its evidence to a verdict with quotes and reasons."""
