"""
Questions the bot could not answer, and the answers an office gives to everybody.

`unanswered.py` has the questions and their askers.  `answers.py` has the answers and owns their states,
`telling.py` notifies the askers, and `search.py` finds the answer to a question.
"""
