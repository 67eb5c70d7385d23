"""
A bot on the Zalo Bot Platform: texts and pictures, no buttons, a monthly plan.

The program loads `settings.py` and `manifest.py`.  `bot.zalo` also imports `channel.py` and `check.py`.
"""
