"""The customer's pages: the basket, the checkout, and the order behind its secret link."""
