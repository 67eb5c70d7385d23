"""
Lists of an office: entities, and products that already have stars.

It owns the runs of an import: a checked list is staged whole, then taken in by slices (`runs.py`).  `looking.py` only
reads: the preview and the import compare by it.  Other packages import `listed.py`, `numbers.py`, `outcomes.py`,
`previewing.py`, `runs.py` and, for a short list in one unit of work, `taking.py`.
"""
