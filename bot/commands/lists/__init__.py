"""
An office's workbook: its sheets and columns, the records in it, its faults and remarks.  No record is written here.

`found` has faults and remarks as values, and says them in a language.  `reading` makes a list of records from a file.
`sheets` has the names of `content/programme/office_list.yaml`, `template` the empty workbook.
"""
