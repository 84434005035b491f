"""Owners of descriptors that wait with an asynchronous runtime."""
