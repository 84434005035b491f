"""To come."""
SCENARIOS = []
