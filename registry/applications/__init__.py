"""
Applications from the idea on: drafts, entities, files, entries for others, decisions, questions, lists.

It owns the status of an application, which only `changes.py` writes, and the state of a draft (`drafts.py`).
Other packages read through the guarded functions of `applications.py` and change through `submitting.py`,
`review.py`, `escalating.py` and `confirming.py`.  Of `changes.py` they use only `waits_for_level`.
"""
