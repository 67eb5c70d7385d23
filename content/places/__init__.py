"""
Places of the administrative map, old and new, and their names as people type them.

Others import `places.py`, and `said.py` for labels of buttons; `faults.py` checks the two tables of a pack.
"""
