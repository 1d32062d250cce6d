"""Units, currencies and devices of figures: another one than the source's is found, another spelling is not accused."""

from __future__ import annotations

import pytest

from assistant.text.comparing import same_unit
from assistant.text.quantities import quantities
from assistant.verify.local import LocalVerifier

SOURCE = (
    "Training took 36 hours on eight A6000 GPUs and cost 410 euros. Winds above 15 m/s double the error. "
    "A filter costs 2,300 rupees and treats 200 litres per day. Each microphone costs 65 pounds and weighs 320 g. "
    "The batch saved 19 kWh at 5 °C. A fee of $75 was paid. The plot covers 3 km²."
)


@pytest.mark.parametrize(
    ("written", "unit", "per"),
    [
        ("410 €", "€", ""),
        ("22 parsecs", "pc", ""),
        ("EUR 410", "€", ""),
        ("CHF 18", "Swiss franc", ""),
        ("18 Swiss francs", "Swiss franc", ""),
        ("Rs. 500", "rupee", ""),
        ("8 mph", "mi", "h"),
        ("8 knots", "nmi", "h"),
        ("6.3 inches", "in", ""),
        ("19 kilowatt-hours", "kWh", ""),
        ("8 micrograms", "ug", ""),
        ("5 K", "K", ""),
        ("5 degrees Fahrenheit", "°F", ""),
        ("5 square kilometres", "km²", ""),
        ("5 km^2", "km²", ""),
    ],
)
def test_units_and_currencies_are_read(written: str, unit: str, per: str) -> None:
    (read,) = quantities(f"It was {written}.")
    assert (read.unit, read.per) == (unit, per)


def test_pounds_are_money_where_something_is_paid() -> None:
    assert [read.unit for read in quantities("It costs 65 pounds.")] == ["£"]
    assert [read.unit for read in quantities("It weighs 65 pounds.")] == ["lb"]
    assert [read.unit for read in quantities("Weight in pounds: 65")] == ["lb"]
    assert [read.unit for read in quantities("Price in pounds: 65")] == ["£"]


def test_scales_are_multiplied() -> None:
    assert [read.value for read in quantities("18 million million parameters")] == [18e12]


def test_a_kind_of_franc_is_a_franc() -> None:
    assert same_unit("Swiss franc", "franc")
    assert not same_unit("US $", "Australian $")


@pytest.mark.parametrize(
    "claim",
    [
        "Training cost €410.",
        "Training cost 410 EUR.",
        "A filter costs Rs 2,300.",
        "Each microphone costs £65 and weighs 0.32 kg.",
        "Winds above 54 km/h double the error.",
        "The batch saved 19 kilowatt-hours at 5°C.",
        "The batch saved 19 kWh at 5 degrees Celsius.",
        "A fee of 75 dollars was paid.",
        "The plot covers 3 square kilometres.",
        "The plot covers 300 hectares.",
        "Training took 36 hours on eight NVIDIA A6000 GPUs.",
        "Training took 36 hours on eight A6000 cards.",
    ],
)
def test_another_spelling_is_no_error(claim: str) -> None:
    assert LocalVerifier().verify(claim, [SOURCE]).verdict == "supported"


@pytest.mark.parametrize(
    "claim",
    [
        "Training cost 410 francs.",
        "Training cost CHF 410.",
        "Training cost 410%.",
        "Training cost 410 cents.",
        "A filter costs 2,300 rupiah.",
        "A filter treats 200 gallons per day.",
        "Winds above 15 knots double the error.",
        "Winds above 15 mph double the error.",
        "Each microphone costs 65 euros.",
        "Each microphone weighs 320 ounces.",
        "The batch saved 19 kcal at 5 °C.",
        "The batch saved 19 kWh at 5 °F.",
        "A fee of 75 pesos was paid.",
        "The plot covers 3 km.",
        "Training took 36 hours on eight H100 GPUs.",
        "Training took 36 hours on eight A6000 TPUs.",
        "Training took 36 hours on an H100.",
    ],
)
def test_another_unit_currency_or_device_is_an_error(claim: str) -> None:
    assert LocalVerifier().verify(claim, [SOURCE]).verdict in ("contradicted", "not supported", "partly")
