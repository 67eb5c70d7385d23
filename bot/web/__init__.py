"""
The web server: the routes of one port, the addresses of its clients, and the limits of connections.

Other rooms import `application.py`, `addresses.py` and `door.py`.
"""
