"""The values that flow through the house: frozen, slotted, checked when made.

Promises: imports only the standard library; touches nothing; two equal inputs make equal values.
On failure: a constructor raises `ValueError` and nobody downstream has to ask again.
"""
