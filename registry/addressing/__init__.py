"""
The door for messages to many: the notice to officials above the author, and the right to stop.

It owns no table.  `alerts.py` is for broadcasts and gatherings; other packages do not need it.
"""
