"""
A Zalo Official Account: windows, prices, approved templates, and tokens that have to be renewed.

The program loads `settings.py` and `manifest.py`.  `bot.zalo` keeps the rows behind the account and imports
the other modules.
"""
