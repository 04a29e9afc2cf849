"""What things are called is shown by the console as text, whatever it would be in a page."""

from html.parser import HTMLParser

from tests.harness import Sandbox

NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</script></td></table><h1>owned</h1>",
    "javascript:alert(1)",
    "<!-- ]]> {{ 7*7 }} {% raw %} &lt;b&gt; &#x3c;",
    "\u202eשבת\u2066 👩\u200d💻",
    "line\nbreak\x00\x1b[31m",
)


class Page(HTMLParser):
    """The tags and the attributes of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_names_are_text_on_every_page(sandbox: Sandbox) -> None:
    """No element, no attribute and no address of theirs: of jobs, warehouses, principals, groups and of what is asked for."""
    addresses = ["/", "/console/principals", "/console/requests", "/console/objects?kind=jobs", "/console/objects?kind=sql/warehouses"]
    for name in NAMES:
        job = sandbox.admin.jobs.create(name=name).job_id
        principals = sandbox.admin.service_principals.create(display_name=name).id, sandbox.admin.groups.create(display_name=name).id
        made = sandbox.http.post("/api/2.0/sql/warehouses", json={"name": name, "cluster_size": "Small"})
        assert made.is_success, made.text
        sandbox.http.get("/api/2.0/sql/warehouses", params={"q": name})
        addresses += [f"/console/object?type=jobs&id={job}", f"/console/object?type=sql/warehouses&id={made.json()['id']}"]
        addresses += [f"/console/principal?id={each}" for each in principals]

    pages = {address: sandbox.http.get(address) for address in addresses}

    assert {answer.status_code for answer in pages.values()} == {200}
    seen = [Page(answer.text) for answer in pages.values()]
    assert [name for name in NAMES if not any(name.splitlines()[0] in page.text for page in seen)] == []
    for page in seen:
        assert page.tags.count("h1") == 1
        assert [name for name, _ in page.attributes if name.startswith("on")] == []
        targets = [value for name, value in page.attributes if name in {"href", "src", "action", "data-live"}]
        assert [value for value in targets if not value.startswith(("/", "#"))] == []
