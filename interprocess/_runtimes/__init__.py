"""What to do when the system says 'not yet': one module for each asynchronous runtime."""
