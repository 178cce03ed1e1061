"""The project: its settings, its addresses, and the pages that compose several apps."""
