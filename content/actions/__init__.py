"""
Every command a button stands for, as a value: `action.py` makes and parses them, the other files list them.

Others import the actions they make or match on, and `parse`.
"""
