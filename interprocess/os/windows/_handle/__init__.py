"""Owned handles: their lifetime and operations; and handles as arguments."""
