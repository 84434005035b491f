"""The imitated systems, one module for each, which says how it differs from Linux."""
