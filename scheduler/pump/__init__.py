"""
The pump: the only sender of deliveries.

`delivery` is the loop that others start; `sender` is a channel as the pump uses it.  `sending`, `window`, `trouble`,
`pace` and `results` are its parts.
"""
