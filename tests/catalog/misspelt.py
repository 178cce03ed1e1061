"""Ten searches as people mistype them, and what of the demo shop each should find: written down before the search was built."""

MISSPELT = {
    "shampo": "fern-oat-shampoo",
    "groming": "full-groom",
    "slicer brush": "soft-slicker-brush",
    "vet chekup": "vet-check-up",
    "nial trim": "nail-trim",
    "tunna in broht": "mimo-tuna-in-broth",
    "leather colar": "orchard-collar",
    "goldfsh flaks": "tidal-goldfish-flakes",
    "budgy": "plume-budgie-mix",
    "meddow hay": "burrow-meadow-hay",
}
