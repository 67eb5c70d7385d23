"""
Deadlines, their changes by officials, reminders, certificates, pauses of places, lessons and the Monday digest.

It owns the state of a reminder (`occurrences.py`).  Conversations and jobs may import every module.
"""
