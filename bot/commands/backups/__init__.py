"""
The commands `backup`, `backup drill` and `restore`: what they do with an archive, and with the list of tombstones.

Others import `backup`, `drill` and `taken_away`.  Archives themselves are written and read in `bot.serving.archives`.
"""
