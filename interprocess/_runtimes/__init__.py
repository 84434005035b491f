"""Waiting with each asynchronous runtime: one module for each runtime and system."""
