"""
The door for messages to many: the register of its ways, the notice to officials above, the right to stop, the end.

It owns no table.  `ways.py` lists every way with its guards; broadcasts, gatherings, rounds and answers use the rest.
"""
