"""
The channels, one package each.

`channel.py` is the contract of a channel and `manifest.py` the values it exchanges with the program.  Other
packages import these two and `finding.py`; manifests are loaded by name (`bot.serving.registered`).
"""
