"""
Telegram: a bot with buttons, by polling or webhook.

The program loads `settings.py` and `manifest.py`; the other modules belong to this package.
"""
