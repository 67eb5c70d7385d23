"""
Trainings and fairs: planning, invitations, answers and seats, attendance.

It owns gatherings and invitees.  Conversations and jobs may import every module; a change goes through
`planning.py`, `approvals.py` or `delays.py`, an answer through `seats.py`.
"""
