"""
The bytes of files people send: their kinds, and the upkeep of the folder they are in.

Other modules import `kinds.py` and `upkeep.py`.  The rows are in `registry.applications.files`.
"""
