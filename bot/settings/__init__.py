"""
Configuration, clock, key, database and logs, for everything above.

It imports no channel: `section.py` has the base class of a channel's section, and the sections are handed in
(`bot.serving.configuration`).
"""
