"""
/taphuan: planning, approving and changing gatherings, their attendance, and the answers of invited people.

`taphuan` lists its commands; other packages import nothing else.
"""
