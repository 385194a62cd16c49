"""Procurement: suppliers, purchases with their line items and history, and files attached to them."""
