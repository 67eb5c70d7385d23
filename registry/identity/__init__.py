"""
Linking two people, handing an application over, and erasing a person.

It owns no table: `nouns.py` lists the files whose `take_over` and `forget` it calls.  Conversations import
`linking.py`, `handovers.py` and `erasing.py`.
"""
