"""
The running program: wiring, intake, readiness, files by link.

Others import `assembly.py`, `house.py`, `configuration.py` and `registered.py`, the list of channels.
"""
