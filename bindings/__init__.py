"""The C declarations, the generator of `interprocess._bindings`, and the verifier."""
