"""
The web chat: our own channel in a browser.

The program loads `settings.py` and `manifest.py`.  The demo and the records of the web chat also import
`channel.py` and `routes.py`.
"""
