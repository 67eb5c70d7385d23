"""
Files the bot makes: PDF and Word papers, posters, Excel workbooks.

Others import `papers.py` and `workbook.py`; `typeface.py` says which letters the fonts have.
"""
