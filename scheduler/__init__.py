"""
The jobs: everything that happens without a person's message.

`ticks` runs the jobs at their intervals, and `delivery` is the pump, the only sender; `bot.serving` starts both.
`reminders`, `nudges`, `lessons`, `digest` and `gatherings` enqueue the unasked messages.  The other modules are parts
of the pump (`sender`, `sending`, `window`, `trouble`, `pace`, `results`) or one job each.
"""
