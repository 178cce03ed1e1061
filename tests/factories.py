"""One valid row of each kind. Factories give what does not matter; a test writes what does."""

from datetime import date, timedelta
from decimal import Decimal

import factory
from django.conf import settings
from django.utils import timezone
from factory.django import DjangoModelFactory

from bookings.models import (
    Booking,
    BookingStatus,
    ClassDate,
    Closure,
    Course,
    OpeningHours,
    Pet,
    ProofStatus,
    Resource,
    Season,
    ServiceRules,
    Vaccination,
    Vaccine,
    Weekday,
)
from catalog.models import (
    AddOn,
    Category,
    Kind,
    Offering,
    PetSize,
    Question,
    Species,
    StockMovement,
    StockReason,
    Variant,
)
from checkout.models import (
    Cart,
    CartLine,
    Concern,
    DeliveryZone,
    Dispute,
    Order,
    OrderLine,
    OrderLineAddOn,
    OrderLineNight,
    OrderStatus,
    Payment,
    PaymentStatus,
    Promotion,
    Refund,
    RefundLine,
    RefundStatus,
    VisitChange,
)
from petshop.core.models import User


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Shelf {n}")
    slug = factory.Sequence(lambda n: f"shelf-{n}")


class ProductFactory(DjangoModelFactory):
    """A product that anyone can see; it sells through its variants."""

    class Meta:
        model = Offering

    kind = Kind.PRODUCT
    name = factory.Sequence(lambda n: f"Chew toy {n}")
    slug = factory.Sequence(lambda n: f"chew-toy-{n}")
    category = factory.SubFactory(CategoryFactory)
    species = [Species.DOG]
    is_published = True


class ServiceFactory(DjangoModelFactory):
    """An appointment that anyone can see, with the rules that most services have."""

    class Meta:
        model = Offering
        skip_postgeneration_save = True

    kind = Kind.APPOINTMENT
    name = factory.Sequence(lambda n: f"Bath {n}")
    slug = factory.Sequence(lambda n: f"bath-{n}")
    category = factory.SubFactory(CategoryFactory)
    species = [Species.DOG]
    is_published = True
    rules = factory.RelatedFactory("tests.factories.ServiceRulesFactory", factory_related_name="offering")


class ServiceRulesFactory(DjangoModelFactory):
    class Meta:
        model = ServiceRules

    offering = factory.SubFactory(ServiceFactory, rules=None)
    lead_time = timedelta(hours=2)
    horizon_days = 60
    step = timedelta(minutes=30)


class VariantFactory(DjangoModelFactory):
    """Ten of something on the shelf, and the movement that put them there."""

    class Meta:
        model = Variant
        skip_postgeneration_save = True

    offering = factory.SubFactory(ProductFactory)
    sku = factory.Sequence(lambda n: f"SKU-{n}")
    price = Decimal("4.50")
    tax_rate = Decimal(21)
    stock = 10

    class Params:
        sold_out = factory.Trait(stock=0)

    @factory.post_generation
    def movement(variant, create, extracted):
        if create and variant.stock:
            StockMovement.objects.create(
                variant=variant, delta=variant.stock, reason=StockReason.RECEIVED, actor="test"
            )


class ServiceVariantFactory(DjangoModelFactory):
    """An hour of somebody's time."""

    class Meta:
        model = Variant

    offering = factory.SubFactory(ServiceFactory)
    name = "Medium dog"
    pet_size = PetSize.MEDIUM
    price = Decimal("35.00")
    tax_rate = Decimal(21)
    duration = timedelta(hours=1)


class AddOnFactory(DjangoModelFactory):
    """A nail trim that takes ten minutes more; `offering` is the service that it is added to."""

    class Meta:
        model = AddOn

    offering = factory.SubFactory(ServiceFactory)
    name = factory.Sequence(lambda n: f"Nail trim {n}")
    price = Decimal("8.00")
    duration = timedelta(minutes=10)


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = Question

    question = "Can I stay?"
    answer = "Of course."


class ResourceFactory(DjangoModelFactory):
    """Somebody who works every day from nine to six; `services` says what they can do."""

    class Meta:
        model = Resource
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Groomer {n}")
    slug = factory.Sequence(lambda n: f"groomer-{n}")

    @factory.post_generation
    def services(resource, create, extracted):
        if create and extracted:
            resource.services.set(extracted)

    @factory.post_generation
    def hours(resource, create, extracted):
        """(opens, closes) for each day of the week; `hours=False` gives none."""
        if create and extracted is not False:
            opens, closes = extracted or ("09:00", "18:00")
            OpeningHours.objects.bulk_create(
                OpeningHours(resource=resource, weekday=day, opens_at=opens, closes_at=closes) for day in Weekday
            )


class ClosureFactory(DjangoModelFactory):
    class Meta:
        model = Closure

    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
    ends_at = factory.LazyAttribute(lambda closure: closure.starts_at + timedelta(hours=4))


class SeasonFactory(DjangoModelFactory):
    """Friday and Saturday nights cost a fifth more."""

    class Meta:
        model = Season

    offering = factory.SubFactory(ServiceFactory, kind=Kind.STAY)
    name = "Weekend"
    weekdays = [Weekday.FRIDAY, Weekday.SATURDAY]
    percent = 20


class CourseFactory(DjangoModelFactory):
    """Six Tuesdays' worth of puppy school; its dates are made by the test."""

    class Meta:
        model = Course

    offering = factory.SubFactory(ServiceFactory, kind=Kind.CLASS)
    resource = factory.SubFactory(ResourceFactory)
    name = "Spring course"
    first_day = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=7))
    starts_at = "18:00"


class ClassDateFactory(DjangoModelFactory):
    """An hour a week from now."""

    class Meta:
        model = ClassDate

    offering = factory.SubFactory(ServiceFactory, kind=Kind.CLASS)
    resource = factory.SubFactory(ResourceFactory)
    starts_at = factory.LazyFunction(
        lambda: timezone.localtime().replace(hour=18, minute=0, second=0, microsecond=0) + timedelta(days=7)
    )
    ends_at = factory.LazyAttribute(lambda date: date.starts_at + timedelta(hours=1))


class PetFactory(DjangoModelFactory):
    class Meta:
        model = Pet

    name = "Biscuit"
    species = Species.DOG
    size = PetSize.MEDIUM


class VaccinationFactory(DjangoModelFactory):
    """A proof that staff have not looked at yet; its file is only a name."""

    class Meta:
        model = Vaccination

    pet = factory.SubFactory(PetFactory)
    vaccine = Vaccine.RABIES
    valid_until = date(2090, 1, 1)
    proof = factory.Sequence(lambda n: f"proofs/none-{n}.pdf")
    status = ProofStatus.WAITING

    class Params:
        decided = factory.Trait(reviewed_by="sam", reviewed_at=factory.LazyFunction(timezone.now))
        approved = factory.Trait(decided=True, status=ProofStatus.APPROVED)
        refused = factory.Trait(decided=True, status=ProofStatus.REFUSED, reason="Nobody can read it.")


class BookingFactory(DjangoModelFactory):
    """A time tomorrow that a customer has in the basket."""

    class Meta:
        model = Booking

    variant = factory.SubFactory(ServiceVariantFactory)
    resource = factory.SubFactory(ResourceFactory)
    starts_at = factory.LazyFunction(
        lambda: timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    )
    ends_at = factory.LazyAttribute(lambda booking: booking.starts_at + booking.variant.duration)
    blocked_from = factory.LazyAttribute(lambda booking: booking.starts_at)
    blocked_until = factory.LazyAttribute(lambda booking: booking.ends_at)
    status = BookingStatus.HELD
    held_until = factory.LazyAttribute(
        lambda booking: timezone.now() + timedelta(minutes=15) if booking.status == BookingStatus.HELD else None
    )

    class Params:
        lapsed = factory.Trait(held_until=factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=1)))
        confirmed = factory.Trait(status=BookingStatus.CONFIRMED)


class CartFactory(DjangoModelFactory):
    """A basket; `holding` fills it with variants (one of each) and bookings."""

    class Meta:
        model = Cart
        skip_postgeneration_save = True

    @factory.post_generation
    def holding(cart, create, extracted):
        for thing in extracted or []:
            if isinstance(thing, Booking):
                CartLine.objects.create(
                    cart=cart,
                    variant=thing.variant,
                    price=thing.variant.price,
                    booking=thing,
                    wanted_start=thing.starts_at,
                    wanted_resource=thing.resource,
                )
            else:
                CartLine.objects.create(cart=cart, variant=thing, price=thing.price)


class OrderFactory(DjangoModelFactory):
    """An order without lines that awaits payment. For one that holds together, place it: `place_order`."""

    class Meta:
        model = Order

    email = "ada@example.com"
    name = "Ada Lovelace"
    currency = factory.LazyFunction(lambda: settings.SHOP_CURRENCY)
    subtotal = Decimal(0)
    total = factory.LazyAttribute(lambda order: order.subtotal)
    status = OrderStatus.PENDING
    held_until = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=45))


class OrderLineFactory(DjangoModelFactory):
    class Meta:
        model = OrderLine

    order = factory.SubFactory(OrderFactory)
    variant = factory.SubFactory(VariantFactory)
    kind = Kind.PRODUCT
    name = factory.LazyAttribute(lambda line: line.variant.offering.name)
    unit_price = factory.LazyAttribute(lambda line: line.variant.price)
    tax_rate = factory.LazyAttribute(lambda line: line.variant.tax_rate)
    parcel = "to_pack"


class OrderLineAddOnFactory(DjangoModelFactory):
    """An extra that was sold with a visit."""

    class Meta:
        model = OrderLineAddOn

    line = factory.SubFactory(OrderLineFactory)
    add_on = factory.LazyAttribute(lambda sold: AddOnFactory(offering=sold.line.variant.offering))
    name = "Nail trim"
    price = Decimal("8.00")
    duration = timedelta(minutes=10)


class OrderLineNightFactory(DjangoModelFactory):
    """A night of a stay that was sold."""

    class Meta:
        model = OrderLineNight

    line = factory.SubFactory(OrderLineFactory)
    day = factory.Sequence(lambda n: date(2027, 1, 1) + timedelta(days=n))
    price = Decimal("30.00")


class PaymentFactory(DjangoModelFactory):
    """An open Stripe page for an order."""

    class Meta:
        model = Payment

    order = factory.SubFactory(OrderFactory)
    mode = "local"
    amount = Decimal("39.50")
    currency = factory.LazyFunction(lambda: settings.SHOP_CURRENCY)
    session_expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=35))
    session_id = factory.Sequence(lambda n: f"cs_local_{n}")
    status = PaymentStatus.OPEN


class CounterPaymentFactory(PaymentFactory):
    """Cash that staff took for an order."""

    provider = "counter"
    method = "cash"
    session_id = None
    status = PaymentStatus.SUCCEEDED
    settled_at = factory.LazyFunction(timezone.now)


class VisitChangeFactory(DjangoModelFactory):
    """A dearer time of an order's visit, which has all of it already: nothing is held beside it."""

    class Meta:
        model = VisitChange

    line = factory.LazyAttribute(lambda change: change.order.lines.visits().get())
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=5))
    sequence = 0
    price = factory.LazyAttribute(lambda change: change.line.amount + change.amount)
    amount = Decimal("10.00")
    held_until = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=45))
    actor = "customer"
    cause = "Moved on the order's page"


class RefundFactory(DjangoModelFactory):
    """Money of a payment that went back, as if by hand in Stripe's dashboard: without lines."""

    class Meta:
        model = Refund

    payment = factory.SubFactory(PaymentFactory)
    amount = Decimal("1.00")
    status = RefundStatus.SUCCEEDED
    origin = "dashboard"
    reason = "Made in Stripe's dashboard"
    actor = "shop"
    stripe_id = factory.Sequence(lambda n: f"re_local_{n}")
    settled_at = factory.LazyFunction(timezone.now)


class RefundLineFactory(DjangoModelFactory):
    """What a refund is for."""

    class Meta:
        model = RefundLine

    refund = factory.SubFactory(RefundFactory)
    order_line = factory.SubFactory(OrderLineFactory)
    amount = factory.SelfAttribute("refund.amount")
    tax = Decimal(0)


class DisputeFactory(DjangoModelFactory):
    """The bank of a payment's customer wants it back, and waits for our answer."""

    class Meta:
        model = Dispute

    payment = factory.SubFactory(PaymentFactory)
    stripe_id = factory.Sequence(lambda n: f"du_local_{n}")
    amount = factory.SelfAttribute("payment.amount")
    status = "needs_response"
    reason = "fraudulent"
    is_charge_refundable = False


class ConcernFactory(DjangoModelFactory):
    """Something about a payment that a person must look at."""

    class Meta:
        model = Concern

    payment = factory.SubFactory(PaymentFactory)
    order = factory.SelfAttribute("payment.order")
    reason = "More came than was asked"


class UserFactory(DjangoModelFactory):
    """Somebody who can sign in; `staff=True` lets them into the backoffice."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")

    class Params:
        staff = factory.Trait(is_staff=True)


class PromotionFactory(DjangoModelFactory):
    """A tenth off everything, which works by itself."""

    class Meta:
        model = Promotion

    name = factory.Sequence(lambda n: f"Promotion {n}")
    value = Decimal(10)


class DeliveryZoneFactory(DjangoModelFactory):
    """Madrid: 3.90, and free from 20.00 on."""

    class Meta:
        model = DeliveryZone

    name = "Madrid"
    postal_codes = ["280"]
    fee = Decimal("3.90")
    free_from = Decimal("20.00")
    days = "1 to 2 working days"
