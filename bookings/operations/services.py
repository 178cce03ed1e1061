"""What happens to whole services."""

from django.db import transaction

from bookings.models import ServiceRules
from catalog.models import Offering
from catalog.operations import copied, copy_offering


@transaction.atomic
def copy_service(service: Offering, *, name: str) -> Offering:
    """What `copy_offering` copies, and who can do it, its rules, its seasons and what customers are asked.

    The dates of a class are not copied: they are the first one's. Raises NameTaken, and copies nothing.
    """
    copy = copy_offering(service, name=name)
    copy.resources.set(service.resources.all())
    if rules := ServiceRules.objects.filter(offering=service).first():
        copy_of_rules = copied(rules, offering=copy)
        copy_of_rules.save()
        copy_of_rules.equipment.set(rules.equipment.all())
    for row in [*service.seasons.all(), *service.cancellation_tiers.all(), *service.visit_questions.all()]:
        copied(row, offering=copy).save()
    return copy
