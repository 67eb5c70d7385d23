"""
The commands of `ocopbot`: one module per group of subcommands, each with `add_to(app)`, which `bot.cli` calls.

A module imports its tools when a command runs, so that `ocopbot --help` starts at once.  `check`, `backup` and
`lists` do the work of a command; `place_named` and `settings_of` are shared by the others.
"""
