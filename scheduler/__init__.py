"""
The jobs: everything that happens without a person's message.

`ticks` runs the jobs at their intervals, and `pump` is the only sender; `bot.serving` starts both.  `reminders`,
`nudges`, `lessons`, `digest` and `gatherings` enqueue the unasked messages.  The other modules are one job each.
"""
