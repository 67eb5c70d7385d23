"""
Packs: one programme as data.

Others import `pack.py` (reading and loading), the values in `programme.py`, `form_spec.py`, `topics.py` and
`notice_templates.py`; `sheet.py` reads YAML with line numbers, and `checks/` is for the command line.
"""
