"""The shop as it runs in production, but on this machine only: its programs as processes, its pages over HTTP."""
