"""
The code both Zalo products share: transport, webhook door, findings of `check`.

It is not a channel: it has no manifest.
"""
