"""
The ground floor: the writer, the schema, sealing, the inbox, the audit, prepared statements, the sender lock.

It owns the tables that several floors read (`rows.py`), the inbox and the audit.  Every package may import
`rows`, `sealing`, `audit`, `installation` and `prepared`; only
the program opens a `store`, a `sender_lock` or the `inbox`.
"""
