"""
The people of an office, with the cases that wait for them.

It owns the consequences of a role that begins, is extended or ends, and of a leave.  `appointing.py` and
`standing_in.py` are for handlers and commands, `new_officials.py` for the scheduler.
"""
