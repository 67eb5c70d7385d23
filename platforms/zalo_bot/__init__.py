"""
A strict local Zalo Bot Platform.

Others import `server.py`, the types of what people see, and the refusals to script.  `world.py` is the
memory that the server, the calls and the people share; it imports none of them.
"""
