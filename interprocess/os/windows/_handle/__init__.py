"""Handles that are owned: their lifetime, their operations, and those that users name."""
