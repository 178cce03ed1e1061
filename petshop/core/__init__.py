"""The little that every app may use: money, clock, errors, fragments, the embedded database. Knows nobody."""
