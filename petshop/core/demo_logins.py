"""Who can sign in to the demo shop: `seed_demo` makes these people, `make run` prints them. Never on a real shop."""

# Not a secret: it is printed on the screen of everybody who runs the demo.
PASSWORD = "family-petshop-demo"  # noqa: S105 # pragma: allowlist secret

DESK = "desk"
EDITOR = "editor"
ADMIN = "admin"

LOGINS = {
    DESK: "front desk: visits and orders in the backoffice",
    EDITOR: "catalog editor: products, services and opening hours in the admin",
    ADMIN: "may do everything",
}
