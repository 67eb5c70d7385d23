"""
Claiming an entity the office entered first, for its person (`claiming.py`) and for the officials (`handing_over.py`).

The rules are in `registry/identity/claiming.py`.
"""
