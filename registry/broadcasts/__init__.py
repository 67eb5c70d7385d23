"""
Broadcasts of officials to the people of their place, and labels on people.

It owns the states of a broadcast (`broadcasts.py`), audiences, approvals and reports.  Conversations and jobs may
import every module; gatherings use the rules of `audiences.py` and `approvals.py`.
"""
