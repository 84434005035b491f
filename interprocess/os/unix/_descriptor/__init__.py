"""Descriptors that are owned: their lifetime, waits, modes, owners."""
