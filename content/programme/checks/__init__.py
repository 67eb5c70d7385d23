"""
The checker of packs and catalogs: every fault at once, with file, line and remedy.

`packs.py` checks one pack, `phrases.py` the catalogs and their use in the source; `programmes.py` is a part of
the first.  Only `ocopbot pack`, `ocopbot check` and tests import them.
"""
