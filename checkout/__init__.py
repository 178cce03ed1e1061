"""Buying: the basket, orders, payments and the customer's own pages. Knows what we sell and when it happens."""
