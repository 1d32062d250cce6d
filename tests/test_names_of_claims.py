"""Names of a claim in another spelling than that of its source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.verify.local import LocalVerifier
from assistant.verify.spelling import spelled

SOURCE = (
    "We train ShoreNet-v2 on tiles of the Coastal Change Archive. Circuits were written in Quillet 0.45. "
    "The telescope JWST saw the halo, and a PebbleCoder3-7B model labels it. Masks come from Sentinel-2."
)


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("ShoreNet v2 is trained on tiles.", "ShoreNet-v2 is trained on tiles."),
        ("ShoreNet2's training uses tiles.", "ShoreNet-v2's training uses tiles."),
        ("The circuits use Quillet v0.45.", "The circuits use Quillet 0.45."),
        ("Tiles come from the CCA.", "Tiles come from the Coastal Change Archive."),
        ("The James Webb Space Telescope saw the halo.", "The JWST saw the halo."),
        ("PebbleCoder3 7B labels the halo.", "PebbleCoder3-7B labels the halo."),
        ("Masks are those of Sentinel 2.", "Masks are those of Sentinel-2."),
    ],
)
def test_another_spelling_of_a_name_is_read_as_that_of_the_source(claim: str, said: str) -> None:
    assert spelled(claim, [SOURCE]) == said


@pytest.mark.parametrize(
    "claim",
    [
        "ShoreNet 3 is trained on tiles.",
        "ShoreNet is trained on tiles.",
        "The circuits use Quillet 0.54.",
        "PebbleCoder3 70B labels the halo.",
        "The Central Coast Atlas holds tiles.",  # other words with the initials of words
        "In 2 of 7 cases the halo is seen.",
    ],
)
def test_another_name_stays(claim: str) -> None:
    assert spelled(claim, [SOURCE]) == claim


def test_a_version_in_another_spelling_is_supported_and_another_version_is_not() -> None:
    verify = LocalVerifier().verify
    assert verify("Circuits were written in Quillet v0.45.", [SOURCE]).verdict == "supported"
    assert verify("Circuits were written in Quillet v0.54.", [SOURCE]).verdict != "supported"


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_claim_stays_where_its_source_spells_it_so(claim: str, rest: str) -> None:
    assert spelled(claim, [f"{rest} {claim}"]) == claim
    assert isinstance(spelled(claim, [rest]), str)
