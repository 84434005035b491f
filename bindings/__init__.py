"""The C declarations, what generates `interprocess._bindings` from them, and what verifies them."""
