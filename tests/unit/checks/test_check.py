"""What a check hands to scripts."""

from checks.check import Check, Verdict


def test_a_check_is_json_of_the_contract() -> None:
    """Scripts get check, target, verdict, ok and detail, and no more."""
    check = Check("CAN_USE", "SQL warehouse bi-serverless", Verdict.NOT_TRIED, "why")

    assert check.as_json() == {
        "check": "CAN_USE",
        "target": "SQL warehouse bi-serverless",
        "verdict": "not_tried",
        "ok": True,
        "detail": "why",
    }
