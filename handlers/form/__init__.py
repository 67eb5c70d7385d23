"""
The engine of every form: ask one question, read the answer, read it back, correct it, and submit once.

`form` lists the conversation and its commands. `asking`, `navigation` and `corrections` ask, show the summary and
correct for other conversations. `answers` says stored answers; `remarks` reads words beside an answer.
"""
