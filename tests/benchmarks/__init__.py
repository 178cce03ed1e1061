"""What the pages that matter most cost: queries, and CPU milliseconds beside a bare page on the same server."""
