"""
The platforms as local servers that refuse what the real ones refuse.

The tests and the demonstration run the real channels against them; the bot itself knows nothing of them.
"""
