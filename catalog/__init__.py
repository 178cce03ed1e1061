"""What is for sale: offerings, their variants and their stock. Has never heard of a calendar or a basket."""
