"""Owned descriptors: their lifetime, waits, modes, owners."""
