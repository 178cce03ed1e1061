"""Who may do what, beside the owner who may do everything. To change it, change the lists and run `manage.py roles`."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

CATALOG_EDITORS = "Catalog editors"
FRONT_DESK = "Front desk"

# What is for sale and when, and no customer. An offering is never deleted, it leaves the shop: old orders speak of it.
# A choice or an extra can be deleted as long as nobody bought, stocked or chose it; the admin sees to that.
EDITORS_MAY = {
    "catalog.product": "view add change",
    "catalog.service": "view add change",
    "catalog.offering": "view add change",
    "catalog.variant": "view add change delete",
    "catalog.addon": "view add change delete",
    "catalog.category": "view add change",
    "catalog.picture": "view add change delete",
    "catalog.question": "view add change delete",
    "catalog.stockmovement": "view add",
    "checkout.promotion": "view add change",  # one that was used stays in the books
    "checkout.promotionitem": "view add change delete",
    "core.policy": "view add change delete",
    "checkout.deliveryzone": "view add change delete",  # what it costs to bring what is for sale
    "bookings.resource": "view add change",
    "bookings.servicerules": "view add change",
    "bookings.cancellationtier": "view add change delete",
    "bookings.servicequestion": "view add change delete",
    "bookings.season": "view add change delete",
    "bookings.course": "view add change delete",
    "bookings.classdate": "view add change delete",
    "bookings.openinghours": "view add change delete",
    "bookings.specialday": "view add change delete",
    "bookings.closure": "view add change delete",
    "bookings.booking": "view",  # whose visits stand in the way of a closure
}

# The day's visits and the orders, in the backoffice. `change` of an order lets them check in, pack and write notes.
FRONT_DESK_MAY = {
    "checkout.order": "view change",
    "checkout.orderline": "view",
    "checkout.orderevent": "view",
    "checkout.payment": "view",
    "checkout.concern": "view",
    "checkout.refund": "view",
    "checkout.receipt": "view",
    "checkout.dispute": "view",
    "checkout.message": "view",
    "checkout.promotion": "view",
    "checkout.promotionitem": "view",
    "bookings.booking": "view",
    "bookings.pet": "view",
    "bookings.resource": "view",
    "bookings.openinghours": "view",
    "bookings.course": "view",
    "bookings.classdate": "view",
    "bookings.specialday": "view",
    "bookings.closure": "view add change delete",  # whoever takes the call that a groomer is ill
    "catalog.product": "view",
    "catalog.service": "view",
    "catalog.offering": "view",
    "catalog.variant": "view",
    "catalog.addon": "view",
    "catalog.category": "view",
    "catalog.stockmovement": "view",
}

ROLES = {CATALOG_EDITORS: EDITORS_MAY, FRONT_DESK: FRONT_DESK_MAY}


@transaction.atomic
def ensure_roles() -> list[Group]:
    """Make the groups, each with exactly the permissions written above. Safe to repeat; who is in them stays.

    Raises KeyError for a permission that does not exist, so that a typing mistake is not a gap.
    """
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    groups = []
    for name in ROLES:
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(known[permission] for permission in permissions_of(name))
        groups.append(group)
    return groups


def permissions_of(role: str) -> list[str]:
    """What this role may do, as Django writes it: “catalog.change_product”."""
    return [
        f"{app}.{act}_{model}"
        for thing, acts in ROLES[role].items()
        for app, model in [thing.split(".")]
        for act in acts.split()
    ]
