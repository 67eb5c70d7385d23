"""
The vocabulary of all conversations: their input (`desk`, `incoming`), their result (`turn`), their memory (`state`).

It also owns the words of a message (`telling`, `reaching`, `showing`), the shape of commands and conversations
(`command`), and the question for a place (`which_place`).  Every package of handlers imports any of these modules;
this package imports none of them.
"""
