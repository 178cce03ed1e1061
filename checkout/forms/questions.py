"""What the shop asks before a visit: a field for each question, named after its visit and itself, such as `answer-12-3`."""

from crispy_forms.layout import Field as Shown
from crispy_forms.layout import Row
from django import forms
from django.utils.translation import gettext as _

from bookings.models import ServiceQuestion
from checkout.forms.fieldsets import Titled
from checkout.models import CartLine, OrderLine
from checkout.operations import Answer
from petshop.core.dates import written_day, written_time
from petshop.core.fields import TextField

LONGEST_ANSWER = 500

type Asked = dict[CartLine, list[ServiceQuestion]]


def asked_before(lines: list[CartLine]) -> Asked:
    """The questions of each visit's service, in the shop's order."""
    offerings = {line.variant.offering_id for line in lines}
    questions = list(ServiceQuestion.objects.filter(offering__in=offerings)) if offerings else []
    asked = {line: [each for each in questions if each.offering_id == line.variant.offering_id] for line in lines}
    return {line: of_it for line, of_it in asked.items() if of_it}


def field_name(line: CartLine, question: ServiceQuestion) -> str:
    return f"answer-{line.pk}-{question.pk}"


def question_fields(asked: Asked) -> dict[str, forms.Field]:
    return {field_name(line, question): question_field(question) for line in asked for question in asked[line]}


def question_field(question: ServiceQuestion) -> forms.Field:
    return TextField(
        label=question.text,
        required=question.is_required,
        max_length=LONGEST_ANSWER,
        error_messages={
            "required": _("Answer “%(question)s”") % {"question": question.text},
            "max_length": _("Answer in at most %(count)d characters") % {"count": LONGEST_ANSWER},
        },
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )


def question_fieldsets(asked: Asked, *, among: list[CartLine]) -> list[Titled]:
    """One for each visit that has questions; among several it says which."""
    return [
        Titled(
            title_of(line, is_only=len(among) == 1),
            Row(*(Shown(field_name(line, question), wrapper_class="full") for question in questions)),
        )
        for line, questions in asked.items()
    ]


def title_of(line: CartLine, *, is_only: bool) -> str:
    if is_only:
        return _("Before the visit")
    return _("Before “%(service)s” on %(day)s, %(time)s") % {
        "service": line.variant.offering.name,
        "day": written_day(line.wanted_start, "l j F"),
        "time": written_time(line.wanted_start),
    }


def answers_in(cleaned: dict, asked: Asked) -> dict[int, list[Answer]]:
    """What was answered for each visit, by its line's id; what was left empty is not there."""
    return {
        line.pk: [
            Answer(question.text, answer)
            for question in questions
            if (answer := cleaned.get(field_name(line, question)))
        ]
        for line, questions in asked.items()
    }


# Remembered while the customer goes back to the basket, where a moved visit becomes another line of the same variant


def remembered_answers(data, asked: Asked) -> dict:
    """What was typed, right or wrong, by visit and question."""
    return {
        key: {question.text: data.get(field_name(line, question), "") for question in asked[line]}
        for key, line in keyed(list(asked))
    }


def answered(lines: list[OrderLine]) -> dict:
    """What an order's visits were placed with, in the same shape."""
    return {key: {said["question"]: said["answer"] for said in line.answers} for key, line in keyed(lines)}


def initial_answers(remembered: dict, asked: Asked) -> dict[str, str]:
    return {
        field_name(line, question): remembered.get(key, {}).get(question.text, "")
        for key, line in keyed(list(asked))
        for question in asked[line]
    }


def keyed[Line: (CartLine, OrderLine)](lines: list[Line]) -> list[tuple[str, Line]]:
    """Each visit as the first, second ... of its variant."""
    seen: dict[int, int] = {}
    pairs = []
    for line in lines:
        seen[line.variant_id] = seen.get(line.variant_id, 0) + 1
        pairs.append((f"{line.variant_id}-{seen[line.variant_id]}", line))
    return pairs
