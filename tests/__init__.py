"""The tests. `portable` ones run everywhere, the others on what their folder is named after."""
