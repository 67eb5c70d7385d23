"""
Reported dangers: `answering` warns of swindles and bribes before every other answer.

`higher_office` finds the office above the one of a complaint.
"""
