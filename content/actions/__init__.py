"""
Every command a button stands for, as a value: `action.py` makes and parses them, the other files list them.

Others import the actions they make or match on, and `parse`.  A file of actions is listed once it is imported:
`handlers.rooms` imports all of them, so that `parse` knows every action of the program.
"""
