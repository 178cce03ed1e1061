"""When it happens. Knows what we sell; has never heard of an order."""
