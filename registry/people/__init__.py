"""
People, their accounts on channels, roles, consents, waiting questions and tallies.

It owns who somebody is (`people.py`) and which act a role allows (`roles.py`).  Every module may be imported from
any floor above.
"""
