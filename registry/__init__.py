"""
The records and their rules; synchronous, and never commits.

Each package is a floor: it imports only floors below it (`pyproject.toml` has the order).  A function takes the
connection of the caller's unit of work; `registry.store.store` runs and commits these units.
"""
