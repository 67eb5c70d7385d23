"""
Questions the bot could not answer, and the answers an office gives to everybody.

`unanswered.py` has the questions and their askers, `asked_back.py` what was offered and what was pressed.
`answers.py` has the answers and owns their states, `telling.py` notifies the askers, and `search.py` finds the answer
to a question.
"""
