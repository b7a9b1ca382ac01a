"""Rows of somebody else's list fit into the registry, and are vouched for by name."""

from datetime import date

import yaml

from gateway.policy import load
from gateway.service.policies import read_folder
from gateway.service.registry_rows import Voucher, imported, rows
from tests.conftest import ROOT

CSV = (
    "Domain,Organisation,Date\n@Trust.nhs.uk,A Trust,2026-01-01\nnhs.net,NHSmail,2015-01-01\n"
    "hospice.org.uk,,\nhospice.org.uk,,\nnot a domain,,\n"
)


def test_rows_from_the_nhs_list_are_a_valid_registry() -> None:
    files = read_folder(ROOT / "policies")
    found = imported(load(files), "dcb1596.csv", CSV)
    assert found.domains == ("trust.nhs.uk", "hospice.org.uk")
    assert [words for _, words in found.left_out if "Domain" not in words] == [
        "nhs.net is registered already",
        "'not a domain' is not a domain",
    ]
    voucher = Voucher("ig@borough.gov.uk", date(2028, 2, 29), "NHS list: of 1 November #1")
    text = "\n".join(rows(found.domains, voucher)) + "\n"
    assert [row["evidence"] for row in yaml.safe_load(text)] == ["NHS list: of 1 November #1"] * 2
    policy = load({**files, "registry.yaml": files["registry.yaml"] + text})
    partner = policy.registry.find("hospice.org.uk")
    assert partner is not None
    assert (partner.verified_by, partner.review_by, partner.subdomains) == ("ig@borough.gov.uk", date(2029, 2, 28), False)


def test_a_plain_list_is_one_domain_a_line() -> None:
    policy = load(read_folder(ROOT / "policies"))
    assert imported(policy, "partners.txt", "# ours\nhospice.org.uk\n\nlaw.example\n").domains == ("hospice.org.uk", "law.example")
