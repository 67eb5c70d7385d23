"""The topic that answers a question.  Other packages import `search.py`; `wording.py` normalises the words typed."""
