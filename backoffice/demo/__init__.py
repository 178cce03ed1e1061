"""A shop to look at: its shelves, people and orders as data, and what plays them through the shop's own operations."""
