"""
Products of entities and their recognitions: stars, number and days of a certificate.

It owns the state of a recognition, which only `recognitions.py` writes.  An application is one course of a product
(`registry/applications/`).  Other packages import `products.py` and `recognitions.py`.
"""
