"""Pages that compose several apps: home, the list, an offering's page, help."""
