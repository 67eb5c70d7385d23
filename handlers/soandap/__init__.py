"""
/soandap: an official answers a question the bot could not answer, for everybody of a place; a second one approves it.

`soandap` lists its commands; other packages import nothing else.
"""
