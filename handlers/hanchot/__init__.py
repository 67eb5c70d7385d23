"""
/hanchot: the last days of an official's places; and the pause of a place, which /tamdung offers to officials.

`hanchot` lists its commands; others may also import `place_pause`.
"""
