"""What the static gates in `make check` need of us."""
