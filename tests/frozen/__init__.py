"""Frozen and packed programs: `make test-frozen`."""
