"""What lies on the demo shop's shelves, one module for each. Brand names are invented, and every drawing is ours."""
