"""
Packs: one programme as data.

Others import `pack.py` for reading and loading.
The values are in `programme.py`, `form_spec.py`, `topics.py` and `notice_templates.py`.
`sheet.py` reads YAML with line numbers; `checks/` is for the command line and tests.
"""
