"""
The running program under pressure: `make soak SOAK_ARGS="--only pressure"`.

`parts.py` lists the parts; each returns the lines of one table.
"""
